{{ config(enabled=kura.has_part('alerts'), materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

-- filled by `kura alert`, which must know tomorrow what it has posted today
select
    cast(null as {{ dbt.type_string() }}) as alert_id,
    cast(null as {{ dbt.type_string() }}) as destination,
    cast(null as datetime) as posted_at
where false
