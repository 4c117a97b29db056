with recursive nodes as (

    select * from {{ ref('int_kura__cluster_nodes') }}

),

ancestors as (

    select
        lens,
        cluster_id as ancestor_cluster_id,
        cluster_id as descendant_cluster_id,
        cast(0 as integer) as distance
    from nodes

    union all

    select
        nodes.lens,
        nodes.parent_cluster_id as ancestor_cluster_id,
        ancestors.descendant_cluster_id,
        cast(ancestors.distance + 1 as integer) as distance
    from ancestors
    inner join nodes on ancestors.ancestor_cluster_id = nodes.cluster_id
    where nodes.parent_cluster_id is not null

),

places as (

    select * from {{ ref('int_kura__published_places') }}

),

counted as ( -- noqa: ST03

    select distinct ancestors.ancestor_cluster_id as cluster_id
    from ancestors
    inner join places on ancestors.descendant_cluster_id = places.cluster_id

),

-- a cluster that is too small is in no tree where it is counted among the outliers, nor is one that has only such below it
final as (

    select * from ancestors
    {%- if kura.publishes_aggregates() %}
    where
        {{ kura.is_reserved('descendant_cluster_id') }}
        or (
            ancestor_cluster_id in (select cluster_id from counted)
            and descendant_cluster_id in (select cluster_id from counted)
        )
    {%- endif %}

)

select * from final
