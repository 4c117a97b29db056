{%- set period = var('kura_trend_period') -%}

with recursive clusters as (

    select * from {{ ref('dim_kura__clusters') }}

),

ancestors as (

    select * from {{ ref('bridge_kura__cluster_ancestors') }}

),

conversations as (

    select
        conversation_id,
        user_id,
        cluster_id,
        cast({{ dbt.date_trunc(period, 'started_at') }} as date) as period_start
    from {{ ref('fct_kura__conversations') }}
    where started_at is not null

),

bounds as (

    select
        min(period_start) as first_period,
        max(period_start) as last_period
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

filled as (

    select
        clusters.cluster_id,
        periods.period_start,
        coalesce(counted.conversation_count, 0) as conversation_count,
        coalesce(counted.user_count, 0) as user_count,
        coalesce(cast(counted.conversation_count as double) / totals.conversation_count, 0) as share
    from clusters
    cross join periods
    left join totals using (period_start)
    left join counted
        on clusters.cluster_id = counted.cluster_id and periods.period_start = counted.period_start

),

compared as (

    select
        *,
        lag(conversation_count) over (partition by cluster_id order by period_start) as previous_conversation_count,
        lag(share) over (partition by cluster_id order by period_start) as previous_share
    from filled

),

final as (

    select
        cluster_id,
        '{{ period }}' as period,
        period_start,
        conversation_count,
        user_count,
        share,
        conversation_count - previous_conversation_count as conversation_change,
        share - previous_share as share_change
    from compared

)

select * from final
