{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

{% set told = [] -%}
{% for name, is_set in [('EMPTY', flags.EMPTY), ('SAMPLE', flags.SAMPLE), ('FULL_REFRESH', flags.FULL_REFRESH)] if is_set -%}
    {% do told.append(name) -%}
{% endfor -%}

-- the run announces itself here; the Python models add a row each when they have ended
select
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as run_id,
    cast('run' as {{ dbt.type_string() }}) as stage,
    cast({{ kura.now() }} as {{ dbt.type_timestamp() }}) as recorded_at,
    cast(null as bigint) as rows_in,
    cast(null as bigint) as rows_new,
    cast(null as bigint) as rows_reused,
    cast(null as bigint) as rows_failed,
    cast(null as bigint) as rows_deleted,
    cast(null as bigint) as calls,
    cast(null as bigint) as retries,
    cast(null as bigint) as input_tokens,
    cast(null as bigint) as output_tokens,
    cast(null as double) as cost_usd,
    cast(null as double) as seconds,
    cast(
        '{"flags": {{ told | tojson }}, "is_sample": {{ (var('kura_input', none) is none) | tojson }}}' as {{ dbt.type_string() }}
    ) as figures
