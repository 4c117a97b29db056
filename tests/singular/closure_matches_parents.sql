-- the pairs at distance 1 are the parents, and each cluster has as many ancestors as its level says, and itself
with ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

clusters as (

    select * from {{ ref('int_kura__clusters') }}

),

ancestor_counts as (

    select
        descendant_cluster_id as cluster_id,
        count(*) as ancestor_count,
        max(case when distance = 1 then ancestor_cluster_id end) as parent_cluster_id
    from ancestors
    group by descendant_cluster_id

)

select clusters.cluster_id
from clusters
left join ancestor_counts using (cluster_id)
where
    coalesce(ancestor_counts.ancestor_count, 0) <> clusters.level + 1
    or ancestor_counts.parent_cluster_id is distinct from clusters.parent_cluster_id
