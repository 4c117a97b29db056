{%- set limit = var('kura_min_published_conversations') -%}
{%- set place = 'coalesce(curated.curated_cluster_id, assignments.cluster_id)' if kura.is_curated() else 'assignments.cluster_id' -%}

with conversations as (

    select * from {{ ref('stg_kura__conversations') }}

),

assignments as (

    select * from {{ ref('int_kura__assignments') }}

),

assigned as (

    select
        conversations.conversation_id,
        conversations.user_id,
        conversations.started_at,
        assignments.lens,
        {{ place }} as cluster_id
    from conversations
    inner join assignments using (conversation_id)
    {%- if kura.is_curated() %}
    left join {{ ref('int_kura__curated_clusters') }} as curated on assignments.cluster_id = curated.cluster_id
    {%- endif %}

),

sizes as (

    select
        lens,
        cluster_id,
        count(*) as conversation_count,
        {{ kura.is_too_few('count(*)', 'count(distinct user_id)', limit) }} as is_too_few
    from assigned
    group by lens, cluster_id

),

ranked as (

    select
        *,
        is_too_few or {{ kura.is_outliers('cluster_id') }} as is_rest,
        row_number() over (
            partition by lens, is_too_few or {{ kura.is_outliers('cluster_id') }}
            order by conversation_count, cluster_id
        ) as size_rank
    from sizes

),

-- what is too small for a cluster of its own, and what is in none
rest as (

    select
        assigned.lens,
        {{ kura.is_too_few('count(*)', 'count(distinct assigned.user_id)', limit) }} as is_too_few
    from assigned
    inner join ranked on assigned.cluster_id = ranked.cluster_id and ranked.is_rest
    group by assigned.lens

),

-- where rows are not public, that is one cluster, with the smallest of the others in it if it would be too small itself
folded as ( -- noqa: ST03

    select
        assigned.conversation_id,
        assigned.user_id,
        assigned.started_at,
        assigned.lens,
        case
            when ranked.is_rest or (coalesce(rest.is_too_few, false) and ranked.size_rank = 1) then {{ kura.outliers_of('assigned.lens') }}
            else assigned.cluster_id
        end as cluster_id
    from assigned
    inner join ranked on assigned.cluster_id = ranked.cluster_id
    left join rest on assigned.lens = rest.lens

),

places as (

    select
        conversation_id,
        user_id,
        started_at,
        lens,
        cluster_id
    from {{ 'folded' if kura.publishes_aggregates() else 'assigned' }}

),

suppressed as (

    select cluster_id
    from places
    group by cluster_id
    having {{ kura.is_too_few('count(*)', 'count(distinct user_id)', limit) }}
    {%- if kura.is_curated() %}
    union
    select curated_cluster_id
    from {{ ref('int_kura__curated_clusters') }}
    where is_hidden
    {%- endif %}

),

final as (

    select
        places.conversation_id,
        places.user_id,
        places.started_at,
        places.lens,
        places.cluster_id,
        suppressed.cluster_id is not null as is_suppressed,
        -- what it says would tell what a cluster of too few is about, in whichever lens that is
        max(case when suppressed.cluster_id is not null then 1 else 0 end) over (partition by places.conversation_id) = 1 as is_hidden
    from places
    left join suppressed using (cluster_id)

)

select * from final
