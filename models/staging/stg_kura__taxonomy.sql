{%- set taxonomy = kura.taxonomy() -%}
with final as (

    select
        trim({{ taxonomy.columns.topic }}) as topic,
        trim({{ taxonomy.columns.parent }}) as parent,
        trim({{ taxonomy.columns.description }}) as description,
        trim({{ taxonomy.columns.examples }}) as examples
    from {{ taxonomy.rows }}

)

select * from final
