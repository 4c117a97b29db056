{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

-- filled by the Python models as answers arrive, outside of any transaction, so that none is paid for twice
select
    cast(null as {{ dbt.type_string() }}) as key,
    cast(null as {{ dbt.type_string() }}) as subject,
    cast(null as {{ dbt.type_string() }}) as status,
    cast(null as {{ dbt.type_string() }}) as content,
    cast(null as {{ dbt.type_string() }}) as error,
    cast(null as {{ dbt.type_string() }}) as model,
    cast(null as bigint) as input_tokens,
    cast(null as bigint) as output_tokens,
    cast(null as double) as cost_usd,
    cast(null as bigint) as calls,
    cast(null as bigint) as retries,
    cast(null as double) as seconds,
    cast(null as datetime) as answered_at
where false
