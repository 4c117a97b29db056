{{ config(enabled=kura.has_part('facets')) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

facets as (

    select * from {{ ref('int_kura__published_facets') }}

),

-- of those in which the facet is known at all
everywhere as (

    select
        lens,
        facet,
        value,
        count(*) as conversation_count,
        sum(count(*)) over (partition by lens, facet) as facet_count
    from facets
    group by lens, facet, value

),

told as (

    select distinct
        facets.conversation_id,
        clusters.lens,
        clusters.cluster_id,
        facets.facet,
        case when clusters.level = 0 then facets.value else facets.value_in_parts end as value
    from facets
    inner join ancestors on facets.cluster_id = ancestors.descendant_cluster_id
    inner join clusters on ancestors.ancestor_cluster_id = clusters.cluster_id

),

in_clusters as (

    select
        lens,
        cluster_id,
        facet,
        value,
        count(*) as conversation_count,
        sum(count(*)) over (partition by cluster_id, facet) as facet_count
    from told
    where value is not null
    group by lens, cluster_id, facet, value

),

-- what is folded in one cluster is not what is folded in another
final as (

    select
        in_clusters.lens,
        in_clusters.cluster_id,
        in_clusters.facet,
        in_clusters.value,
        in_clusters.conversation_count,
        cast(in_clusters.conversation_count as double) / in_clusters.facet_count as share,
        (cast(in_clusters.conversation_count as double) / in_clusters.facet_count)
        / (cast(everywhere.conversation_count as double) / everywhere.facet_count) as lift
    from in_clusters
    left join everywhere
        on
            in_clusters.lens = everywhere.lens
            and in_clusters.facet = everywhere.facet
            and in_clusters.value = everywhere.value
            and {{ "in_clusters.value <> 'other'" if kura.folds_cells() else 'true' }}

)

select * from final
