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
        facet,
        value,
        count(*) as conversation_count,
        sum(count(*)) over (partition by facet) as facet_count
    from facets
    group by facet, value

),

in_clusters as (

    select
        ancestors.ancestor_cluster_id as cluster_id,
        facets.facet,
        facets.value,
        count(*) as conversation_count,
        sum(count(*)) over (partition by ancestors.ancestor_cluster_id, facets.facet) as facet_count
    from facets
    inner join ancestors on facets.cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id, facets.facet, facets.value

),

final as (

    select
        clusters.cluster_id,
        in_clusters.facet,
        in_clusters.value,
        in_clusters.conversation_count,
        cast(in_clusters.conversation_count as double) / in_clusters.facet_count as share,
        (cast(in_clusters.conversation_count as double) / in_clusters.facet_count)
        / (cast(everywhere.conversation_count as double) / everywhere.facet_count) as lift
    from in_clusters
    inner join clusters using (cluster_id)
    inner join everywhere
        on in_clusters.facet = everywhere.facet and in_clusters.value = everywhere.value

)

select * from final
