{%- set table = kura.own_table('kura_curation', ['cluster_id', 'cluster_name', 'edit', 'value'], 'topic_edits', 'curation.md') -%}

with edits as (

    select
        {{ kura.own_text('cluster_id', table) }} as cluster_id,
        {{ kura.own_text('cluster_name', table) }} as cluster_name,
        {{ kura.own_text('edit', table) }} as edit,
        {{ kura.own_text('value', table) }} as value
    {{ 'from ' ~ table.rows if table else 'where false' }}

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
