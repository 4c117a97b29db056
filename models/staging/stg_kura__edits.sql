{%- set table = kura.edits_table() -%}

with edits as (

    select
        {{ kura.edit_text('cluster_id', table) }} as cluster_id,
        {{ kura.edit_text('cluster_name', table) }} as cluster_name,
        {{ kura.edit_text('edit', table) }} as edit,
        {{ kura.edit_text('value', table) }} as value
    {{ 'from ' ~ table if table else 'where false' }}

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
