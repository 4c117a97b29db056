{{ config(enabled=kura.has_part('examples')) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and not is_unprocessed

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

conversations as (

    select
        *,
        coalesce(summary, extract) as words
    from {{ ref('int_kura__conversations') }}
    where coalesce(summary, extract) is not null

),

-- the same words twice are one example
distinct_conversations as (

    select *
    from conversations
    qualify row_number() over (partition by cluster_id, words order by conversation_id) = 1

),

-- a parent takes from each of its leaves in turn, so that one leaf doesn't speak for all
ranked_in_leaf as (

    select
        *,
        row_number() over (partition by cluster_id order by cluster_distance, conversation_id) as leaf_rank
    from distinct_conversations

),

ranked as (

    select
        clusters.cluster_id,
        row_number() over (
            partition by clusters.cluster_id
            order by ranked_in_leaf.leaf_rank, ranked_in_leaf.cluster_distance, ranked_in_leaf.conversation_id
        ) as example_rank,
        ranked_in_leaf.conversation_id,
        ranked_in_leaf.cluster_distance,
        ranked_in_leaf.summary,
        ranked_in_leaf.extract
    from ranked_in_leaf
    inner join ancestors on ranked_in_leaf.cluster_id = ancestors.descendant_cluster_id
    inner join clusters on ancestors.ancestor_cluster_id = clusters.cluster_id

),

final as (

    select * from ranked
    where example_rank <= {{ var('kura_examples_per_cluster') }}

)

select * from final
