{{ config(enabled=kura.has_part('trends')) }}

{%- set period = var('kura_trend_period') -%}

with recursive ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

clusters as (

    select * from {{ ref('int_kura__cluster_nodes') }}
    where cluster_id in (select descendant_cluster_id from ancestors)
    {%- if kura.folds_cells() %}
    -- no period of another lens is told: zeros would say that there was nothing
    and lens = '{{ kura.first_lens() }}'
    {%- endif %}

),

conversations as (

    select
        *,
        case when is_folded then {{ kura.outliers_of('lens') }} else cluster_id end as counted_cluster_id
    from {{ ref('int_kura__published_periods') }}

),

-- each part of a topic in a period in which none is told, and the topic where it is told neither
untold as (

    select
        ancestors.descendant_cluster_id as cluster_id,
        untold_periods.period_start
    from {{ ref('int_kura__untold_periods') }} as untold_periods
    inner join ancestors on untold_periods.topic_id = ancestors.ancestor_cluster_id
    where ancestors.distance > 0 or untold_periods.is_folded

),

-- the day on which the input ends is over only when it was past as the run began to read it
bounds as (

    select
        min(period_start) as first_period,
        max(period_start) as last_period,
        case
            when max(started_on) < cast({{ kura.local_time(kura.run_start()) }} as date)
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
        lens,
        period_start,
        count(*) as conversation_count
    from conversations
    group by lens, period_start

),

counted as (

    select
        ancestors.ancestor_cluster_id as cluster_id,
        conversations.period_start,
        count(*) as conversation_count,
        count(distinct conversations.user_id) as user_count
    from conversations
    inner join ancestors on conversations.counted_cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id, conversations.period_start

),

lenses as (

    {{ kura.lens_rows() }}

),

dated as (

    select
        lenses.lens,
        periods.period_start,
        coalesce(totals.conversation_count, 0) as total_count,
        row_number() over (partition by lenses.lens order by periods.period_start) as period_number,
        cast({{ dbt.dateadd(period, 1, 'periods.period_start') }} as date) <= bounds.first_open_day as is_complete
    from periods
    cross join bounds
    cross join lenses
    left join totals on lenses.lens = totals.lens and periods.period_start = totals.period_start

),

final as (

    select
        clusters.lens,
        clusters.cluster_id,
        clusters.is_outliers or clusters.is_unprocessed as is_reserved,
        dated.period_start,
        dated.period_number,
        dated.is_complete,
        dated.total_count,
        case when untold.cluster_id is null then coalesce(counted.conversation_count, 0) end as conversation_count,
        case when untold.cluster_id is null then coalesce(counted.user_count, 0) end as user_count,
        case
            when untold.cluster_id is null then coalesce(cast(counted.conversation_count as double) / dated.total_count, 0)
        end as share
    from clusters
    inner join dated on clusters.lens = dated.lens
    left join counted
        on clusters.cluster_id = counted.cluster_id and dated.period_start = counted.period_start
    left join untold
        on clusters.cluster_id = untold.cluster_id and dated.period_start = untold.period_start

)

select * from final
