{%- set period = var('kura_trend_period') -%}
{%- set recent = 'over (partition by cluster_id order by period_start rows between 11 preceding and current row)' -%}

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
        cast(started_at as date) as started_on,
        cast({{ dbt.date_trunc(period, 'started_at') }} as date) as period_start
    from {{ ref('fct_kura__conversations') }}
    where started_at is not null

),

bounds as (

    select
        min(period_start) as first_period,
        max(period_start) as last_period,
        max(started_on) as last_day
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

-- a period is complete when it is over, and when the input reaches to its last day
dated as (

    select
        periods.period_start,
        coalesce(totals.conversation_count, 0) as total_count,
        row_number() over (order by periods.period_start) as period_number,
        cast({{ dbt.dateadd(period, 1, 'periods.period_start') }} as date) <= bounds.last_day
        or (
            cast({{ dbt.dateadd(period, 1, 'periods.period_start') }} as date)
            = cast({{ dbt.dateadd('day', 1, 'bounds.last_day') }} as date)
            and cast({{ dbt.dateadd(period, 1, 'periods.period_start') }} as date) <= cast({{ kura.now() }} as date)
        ) as is_complete
    from periods
    cross join bounds
    left join totals using (period_start)

),

filled as (

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

),

compared as (

    select
        *,
        lag(conversation_count) over (partition by cluster_id order by period_start) as previous_conversation_count,
        lag(share) over (partition by cluster_id order by period_start) as previous_share,
        min(case when conversation_count > 0 then period_number end) over (partition by cluster_id) as first_period,
        cast(conversation_count as double) as x,
        cast(total_count as double) as n,
        cast(period_number as double) as t
    from filled

),

-- the sums that the test for a trend is made of, over the last twelve periods
summed as (

    select
        *,
        count(case when n > 0 then 1 end) {{ recent }} as periods,
        sum(x) {{ recent }} as sum_x,
        sum(n) {{ recent }} as sum_n,
        sum(x * t) {{ recent }} as sum_xt,
        sum(n * t) {{ recent }} as sum_nt,
        sum(n * t * t) {{ recent }} as sum_ntt,
        sum(case when n > 0 then x * x / n else 0 end) {{ recent }} as sum_xx
    from compared

),

proportions as (

    select
        *,
        sum_x / nullif(sum_n, 0) as p
    from summed

),

-- Cochran (1954) and Armitage (1955): does the share rise or fall with time?
tested as (

    select
        *,
        (sum_xt - p * sum_nt)
        / nullif(sqrt(greatest(p * (1 - p) * (sum_ntt - sum_nt * sum_nt / nullif(sum_n, 0)), 0)), 0) as z,
        (sum_xx - sum_x * p) / nullif(p * (1 - p), 0) as chi_square
    from proportions

),

-- what swings more from period to period than chance alone would have to swing farther to count
scored as (

    select
        *,
        z / sqrt(greatest(1, (chi_square - z * z) / nullif(periods - 2, 0))) as trend_score
    from tested

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
        share - previous_share as share_change,
        case
            when not is_complete or period_number < 4 or is_reserved then null
            when first_period > 4 and period_number - first_period between 0 and 3 then 'new'
            when trend_score >= 2.58 then 'growing'
            when trend_score <= -2.58 then 'fading'
            else 'steady'
        end as trend,
        case when is_complete and period_number >= 4 then trend_score end as trend_score,
        is_complete
    from scored

)

select * from final
