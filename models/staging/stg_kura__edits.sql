{%- set edits = kura.edits_table() -%}
{%- set names = ['cluster_id', 'cluster_name', 'edit', 'value'] -%}

with edits as (

    select
        {%- for name in names %}
        {%- set text = ("cast(" ~ name ~ " as " ~ dbt.type_string() ~ ")") if edits else ("cast('' as " ~ dbt.type_string() ~ ")") %}
        trim(coalesce({{ text }}, '')) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if edits %}
    from {{ edits }}
    {%- else %}
    where false
    {%- endif %}

),

-- an empty line is no edit, and the same one twice is one
final as (

    select distinct
        cluster_id,
        cluster_name,
        lower(edit) as edit,
        value
    from edits
    where cluster_id <> '' or edit <> '' or value <> ''

)

select * from final
