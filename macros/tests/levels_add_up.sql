{#- The clusters of a level, with the leaves that end above it, hold every conversation once. -#}
{% test kura_levels_add_up(model) %}

with clusters as (

    select * from {{ model }}

),

levels as (

    select distinct level from clusters

),

sums as (

    select
        levels.level,
        sum(clusters.conversation_count) as conversation_count
    from levels
    inner join clusters
        on levels.level = clusters.level or (clusters.is_leaf and clusters.level < levels.level)
    group by levels.level

)

select *
from sums
where conversation_count <> (select count(*) from {{ ref('stg_kura__conversations') }})

{% endtest %}
