with recursive nodes as (

    select * from {{ ref('int_kura__cluster_nodes') }}

),

ancestors as (

    select
        cluster_id as ancestor_cluster_id,
        cluster_id as descendant_cluster_id,
        cast(0 as integer) as distance
    from nodes

    union all

    select
        nodes.parent_cluster_id as ancestor_cluster_id,
        ancestors.descendant_cluster_id,
        cast(ancestors.distance + 1 as integer) as distance
    from ancestors
    inner join nodes on ancestors.ancestor_cluster_id = nodes.cluster_id
    where nodes.parent_cluster_id is not null

)

select * from ancestors
