{{ config(enabled=kura.has_part('golden_set')) }}

{%- set rows = kura.golden_set_rows() %}

with golden_set as (

    {% if rows -%}
    select trim(cast(conversation_id as {{ dbt.type_string() }})) as conversation_id
    from {{ rows }}
    {%- else -%}
    select cast(null as {{ dbt.type_string() }}) as conversation_id
    where false
    {%- endif %}

),

-- written as in all other tables; twice is once
final as (

    select distinct {{ kura.id_as_kept('conversation_id') }} as conversation_id
    from golden_set
    where conversation_id <> ''

)

select * from final
