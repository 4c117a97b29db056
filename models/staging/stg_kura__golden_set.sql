{{ config(enabled=kura.has_part('golden_set')) }}

{%- set table = kura.own_table('kura_golden_set', ['conversation_id'], 'golden_set', 'evaluation-sets.md') %}

with golden_set as (

    {% if table -%}
    select {{ kura.own_text('conversation_id', table) }} as conversation_id
    from {{ table.rows }}
    {%- else -%}
    select cast(null as {{ dbt.type_string() }}) as conversation_id
    where false
    {%- endif %}

),

-- written as in all other tables; twice is once
final as (

    select distinct {{ kura.id_as_kept(kura.told_id('conversation_id')) }} as conversation_id
    from golden_set
    where conversation_id <> ''

)

select * from final
