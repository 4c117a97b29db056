{{ config(materialized='incremental', unique_key='key', full_refresh=false, on_schema_change='append_new_columns') }}

-- one salt for good, unless the environment gives another one
with final as (

    select
        1 as key,
        coalesce(
            {{ kura.given_salt() }},
            {% if is_incremental() %}(select max(salt) from {{ this }}),{% endif %}
            {{ kura.random_text() }}
        ) as salt

)

select * from final
