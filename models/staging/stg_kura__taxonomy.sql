{%- set taxonomy = kura.taxonomy() if var('kura_taxonomy') else kura.no_taxonomy() -%}
with final as (

    select
        trim({{ taxonomy.columns.topic }}) as topic,
        trim({{ taxonomy.columns.parent }}) as parent,
        trim({{ taxonomy.columns.description }}) as description,
        trim({{ taxonomy.columns.examples }}) as examples
    from {{ taxonomy.rows }}

)

select * from final
