{%- set period = var('kura_trend_period') -%}

with recursive clusters as (

    select * from {{ ref('int_kura__cluster_nodes') }}

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

conversations as (

    select
        conversations.conversation_id,
        conversations.user_id,
        assignments.cluster_id,
        cast({{ kura.local_time('conversations.started_at') }} as date) as started_on,
        {{ kura.period_start(period, kura.local_time('conversations.started_at')) }} as period_start
    from {{ ref('stg_kura__conversations') }} as conversations
    inner join {{ ref('int_kura__assignments') }} as assignments using (conversation_id)
    where conversations.started_at is not null

),

-- the day on which the input ends is over only when it is past
bounds as (

    select
        min(period_start) as first_period,
        max(period_start) as last_period,
        case
            when max(started_on) < cast({{ kura.local_time(kura.now()) }} as date)
                then cast({{ dbt.dateadd('day', 1, 'max(started_on)') }} as date)
            else max(started_on)
        end as first_open_day
    from conversations

),

-- a week without a conversation is a row too, or else a line drawn through the weeks would lie
periods as (

    {{ kura.periods_between('bounds', period) }}

),

totals as (

    select
        period_start,
        count(*) as conversation_count
    from conversations
    group by period_start

),

counted as (

    select
        ancestors.ancestor_cluster_id as cluster_id,
        conversations.period_start,
        count(*) as conversation_count,
        count(distinct conversations.user_id) as user_count
    from conversations
    inner join ancestors on conversations.cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id, conversations.period_start

),

dated as (

    select
        periods.period_start,
        coalesce(totals.conversation_count, 0) as total_count,
        row_number() over (order by periods.period_start) as period_number,
        cast({{ dbt.dateadd(period, 1, 'periods.period_start') }} as date) <= bounds.first_open_day as is_complete
    from periods
    cross join bounds
    left join totals using (period_start)

),

final as (

    select
        clusters.cluster_id,
        clusters.is_outliers or clusters.is_unprocessed as is_reserved,
        dated.period_start,
        dated.period_number,
        dated.is_complete,
        dated.total_count,
        coalesce(counted.conversation_count, 0) as conversation_count,
        coalesce(counted.user_count, 0) as user_count,
        coalesce(cast(counted.conversation_count as double) / dated.total_count, 0) as share
    from clusters
    cross join dated
    left join counted
        on clusters.cluster_id = counted.cluster_id and dated.period_start = counted.period_start

)

select * from final
