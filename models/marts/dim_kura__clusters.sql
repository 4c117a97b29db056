with recursive nodes as (

    select * from {{ ref('int_kura__cluster_nodes') }}

),

ancestors as (

    select * from {{ ref('bridge_kura__cluster_ancestors') }}

),

conversations as (

    select * from {{ ref('fct_kura__conversations') }}

),

counted as (

    select
        ancestors.ancestor_cluster_id as cluster_id,
        count(*) as conversation_count,
        nullif(count(distinct conversations.user_id), 0) as user_count,
        round(avg(conversations.x), 4) as x,
        round(avg(conversations.y), 4) as y,
        min(conversations.started_at) as first_seen_at,
        max(conversations.started_at) as last_seen_at
    from conversations
    inner join ancestors on conversations.cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id

),

measured as (

    select
        nodes.*,
        counted.user_count,
        counted.x,
        counted.y,
        counted.first_seen_at,
        counted.last_seen_at,
        coalesce(counted.conversation_count, 0) as conversation_count,
        cast(coalesce(counted.conversation_count, 0) as double) / nullif((select count(*) from conversations), 0) as share,
        not nodes.is_outliers and not nodes.is_unprocessed and (
            coalesce(counted.conversation_count, 0) < {{ var('kura_min_published_conversations') }}
            or coalesce(counted.user_count < {{ var('kura_min_published_users') }}, false)
        ) as is_suppressed
    from nodes
    left join counted using (cluster_id)

),

-- what is too small to publish is counted, but nothing is said about it
published as (

    select
        * replace (
            case when is_suppressed then 'Too few to name' else name end as name,
            case when is_suppressed then null else description end as description,
            case when is_suppressed then null else slug end as slug
        ),
        right('0000' || cast(row_number() over (
            partition by parent_cluster_id
            order by is_unprocessed asc, is_outliers asc, conversation_count desc, cluster_id asc
        ) as {{ dbt.type_string() }}), 5) as sibling_rank
    from measured

),

walked as (

    select
        cluster_id,
        cluster_id as root_cluster_id,
        name as path,
        name as level_0_name,
        name as level_1_name,
        name as level_2_name,
        name as level_3_name,
        cast(sibling_rank as {{ dbt.type_string() }}) as rank_path
    from published
    where parent_cluster_id is null

    union all

    select
        published.cluster_id,
        walked.root_cluster_id,
        walked.path || ' > ' || published.name as path,
        walked.level_0_name,
        case when published.level <= 1 then published.name else walked.level_1_name end as level_1_name,
        case when published.level <= 2 then published.name else walked.level_2_name end as level_2_name,
        published.name as level_3_name,
        walked.rank_path || published.sibling_rank as rank_path
    from published
    inner join walked on published.parent_cluster_id = walked.cluster_id

),

final as (

    select
        -- ids
        published.cluster_id,
        published.parent_cluster_id,
        walked.root_cluster_id,

        -- text
        published.name,
        published.description || ' ' || {{ kura.count_sentence('published') }} as description,
        published.slug,
        walked.path,
        walked.level_0_name,
        walked.level_1_name,
        walked.level_2_name,
        walked.level_3_name,

        -- numbers
        published.level,
        published.conversation_count,
        published.user_count,
        published.share,
        published.x,
        published.y,
        row_number() over (order by walked.rank_path) as sort_order,

        -- booleans
        published.is_leaf,
        published.is_outliers,
        published.is_unprocessed,
        published.is_suppressed,

        -- timestamps
        published.first_seen_at,
        published.last_seen_at
    from published
    inner join walked using (cluster_id)

)

select * from final
