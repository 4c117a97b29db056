{{ config(enabled=kura.has_part('alerts')) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and not is_outliers and not is_unprocessed and lens = '{{ kura.first_lens() }}'

),

-- the last four periods are now, of which the last may still be running
periods as (

    select
        counts.*,
        max(counts.period_number) over () as last_number,
        counts.period_number > max(counts.period_number) over () - 4 as is_now
    from {{ ref('int_kura__cluster_periods') }} as counts
    inner join clusters using (cluster_id)

),

windows as (

    select
        cluster_id,
        max(period_start) as period_start,
        min(case when is_now and conversation_count > 0 then period_start end) as since,
        coalesce(sum(case when is_now then conversation_count end), 0) as conversation_count,
        coalesce(sum(case when is_now then total_count end), 0) as total_count,
        coalesce(sum(case when not is_now then conversation_count end), 0) as usual_count,
        coalesce(sum(case when not is_now then total_count end), 0) as usual_total,
        count(case when not is_now then 1 end) >= 4 and count(*) = count(conversation_count) as is_testable
    from periods
    group by cluster_id

),

-- each of the last two periods beside the twelve before it
pairs as (

    select
        latest.cluster_id,
        latest.period_start,
        latest.conversation_count,
        latest.total_count,
        earlier.conversation_count as earlier_count,
        earlier.total_count as earlier_total,
        sum(earlier.conversation_count) over (partition by latest.cluster_id, latest.period_start) as usual_count,
        sum(earlier.total_count) over (partition by latest.cluster_id, latest.period_start) as usual_total
    from periods as latest
    inner join periods as earlier
        on
            latest.cluster_id = earlier.cluster_id
            and earlier.period_number between latest.period_number - 12 and latest.period_number - 1
    where latest.period_number >= latest.last_number - 1 and latest.total_count > 0 and earlier.total_count > 0

),

-- without the one that is farthest from the others, so that an earlier spike hides no later one
usual_pairs as (

    select
        * replace (
            sum(earlier_count) over (partition by cluster_id, period_start) as usual_count,
            sum(earlier_total) over (partition by cluster_id, period_start) as usual_total
        )
    from (
        select *
        from pairs
        qualify row_number() over (
            partition by cluster_id, period_start
            order by {{ kura.swing('earlier_count', 'earlier_total', 'usual_count', 'usual_total') }} desc nulls first
        ) > 1
    ) as near_pairs

),

-- how much more those swing than chance alone: chi-square, in which 1.65 makes up for what was left out
swings as (

    select
        cluster_id,
        period_start,
        conversation_count,
        total_count,
        usual_count,
        usual_total,
        count(*) as degrees,
        count(*) >= 3 and count(*) = count(earlier_count) and conversation_count is not null as is_testable,
        1.65 * coalesce(
            sum({{ kura.swing('earlier_count', 'earlier_total', 'usual_count', 'usual_total') }}) / count(*), 0
        ) as swing
    from usual_pairs
    group by cluster_id, period_start, conversation_count, total_count, usual_count, usual_total

),

-- of few conversations that says little, so that no cluster is taken to be steadier than all of them together
spreads as (

    select
        *,
        greatest(1, coalesce(
            sum(swing * usual_count) over (partition by period_start)
            / nullif(sum(usual_count) over (partition by period_start), 0),
            1
        )) as common_spread
    from swings

),

-- what has next to nothing before is new
begun as (

    select
        *,
        case
            when conversation_count > 10 * usual_count
                then
                    {{ kura.share_score('conversation_count', 'total_count', 'usual_count', 'usual_total') }}
                    / sqrt(coalesce((select max(common_spread) from spreads), 1))
            else 0
        end as score
    from windows
    where is_testable and total_count > 0 and usual_total > 0

),

-- a spread that comes from eleven periods is uncertain itself, as Student knew; that of all clusters is not
spiked as (

    select
        *,
        period_start as since,
        {{ kura.share_score('conversation_count', 'total_count', 'usual_count', 'usual_total') }}
        / sqrt(greatest(swing, common_spread)) as t
    from spreads
    where is_testable

),

-- the trend of the last period that is over
trends as (

    select
        periods.*,
        greatest(trends.trend_score, 0) as t,
        row_number() over (partition by periods.cluster_id order by periods.period_number desc) as place
    from periods
    inner join {{ ref('int_kura__cluster_trends') }} as trends
        on periods.cluster_id = trends.cluster_id and periods.period_start = trends.period_start
    where trends.trend_score is not null and periods.period_number >= 8

),

grown as (

    select
        trends.cluster_id,
        trends.period_start,
        trends.conversation_count,
        trends.total_count,
        trends.t,
        min(earlier.period_start) as since,
        sum(earlier.conversation_count) as usual_count,
        sum(earlier.total_count) as usual_total,
        count(*) - 2 as degrees
    from trends
    inner join periods as earlier
        on
            trends.cluster_id = earlier.cluster_id
            and earlier.period_number between trends.period_number - 11 and trends.period_number
    where trends.place = 1
    group by trends.cluster_id, trends.period_start, trends.conversation_count, trends.total_count, trends.t

),

final as (

    {% for kind, relation, score in [
        ('new', 'begun', 'score'),
        ('spike', 'spiked', 'case when swing <= common_spread then t else ' ~ kura.normal_of_t('t', 'degrees') ~ ' end'),
        ('growing', 'grown', kura.normal_of_t('t', 'degrees')),
    ] -%}
    select
        '{{ kind }}' as kind,
        cluster_id,
        since,
        period_start,
        conversation_count,
        cast(conversation_count as double) / total_count as share,
        cast(usual_count as double) / usual_total as usual_share,
        {{ score }} as score
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
