{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}
{%- do kura.make_up_for_start(this if is_incremental() else none) %}

with run as (

    {{ kura.run_row() }}

),

-- a row of the run, unless it has announced itself; the Python models add theirs as they spend and when they have ended
final as (

    select
        run_id,
        stage,
        cast(null as {{ dbt.type_string() }}) as lens,
        recorded_at,
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
        figures
    from run
    {% if is_incremental() %}
    where run_id not in (select run_id from {{ this }})
    {% endif %}

)

select * from final
