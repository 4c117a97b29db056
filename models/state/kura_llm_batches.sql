{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

-- filled by the Python models, outside of any transaction, as soon as the server has taken a batch
select
    cast(null as {{ dbt.type_string() }}) as batch_id,
    cast(null as {{ dbt.type_string() }}) as key,
    cast(null as {{ dbt.type_string() }}) as subject,
    cast(null as {{ dbt.type_string() }}) as recipe,
    cast(null as datetime) as submitted_at,
    cast(null as datetime) as collected_at
where false
