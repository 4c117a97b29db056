{#- In each lens the clusters of a level, with the leaves that end above it, hold once every conversation that has a place there. -#}
{% test kura_levels_add_up(model) %}

with clusters as (

    select * from {{ model }}

),

levels as (

    select distinct
        lens,
        level
    from clusters

),

sums as (

    select
        levels.lens,
        levels.level,
        sum(clusters.conversation_count) as conversation_count
    from levels
    inner join clusters
        on
            levels.lens = clusters.lens
            and (levels.level = clusters.level or (clusters.is_leaf and clusters.level < levels.level))
    group by levels.lens, levels.level

)

select sums.*
from sums
{%- for lens in kura.lenses() %}
{{ 'where' if loop.first else 'or' }} (
    sums.lens = '{{ lens['name'] }}'
    and sums.conversation_count <> (
        select count(*)
        {%- if lens['excludes_none'] %}
        from {{ ref('int_kura__conversation_texts') }}
        where lens = '{{ lens['name'] }}'
        {%- else %}
        from {{ ref('stg_kura__conversations') }}
        {%- endif %}
    )
)
{%- endfor %}

{% endtest %}
