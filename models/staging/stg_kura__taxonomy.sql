{%- set taxonomy = kura.taxonomy() if var('kura_taxonomy') else none %}
with final as (

    {%- if taxonomy %}

    {#- a trial parse has no columns yet #}
    select
        {%- for column in ['topic', 'parent', 'description', 'examples'] %}
        trim({{ taxonomy.columns.get(column, 'null') }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ taxonomy.rows }}

    {%- else %}

    select
        {%- for column in ['topic', 'parent', 'description', 'examples'] %}
        cast(null as {{ dbt.type_string() }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select 1 as number) as nothing
    where false

    {%- endif %}

)

select * from final
