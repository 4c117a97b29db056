{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

-- filled by the Python models as vectors arrive, outside of any transaction, so that none is paid for twice
select
    cast(null as {{ dbt.type_string() }}) as key,
    cast(null as {{ dbt.type_string() }}) as subject,
    cast(null as {{ dbt.type_string() }}) as recipe,
    cast(null as {{ kura.type_vector() }}) as embedding,
    cast(null as datetime) as answered_at
where false
