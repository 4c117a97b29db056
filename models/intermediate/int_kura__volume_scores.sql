{{ config(enabled=kura.has_part('alerts')) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and not is_outliers and not is_unprocessed and lens = '{{ kura.first_lens() }}'

),

periods as (

    select counts.*
    from {{ ref('int_kura__cluster_periods') }} as counts
    inner join clusters using (cluster_id)

),

tested as (

    select
        *,
        first_back = 3 and conversation_count > 10 * ever_count as is_new,
        cast(conversation_count as double) / total_count as share,
        cast(usual_count as double) / usual_total as usual_share,
        {{ kura.share_score('conversation_count', 'total_count', 'usual_count', 'usual_total') }} / sqrt(spread) as t
    from {{ ref('int_kura__volume_swings') }}

),

-- a spread that comes from a few periods is uncertain itself, as Student knew; that of all clusters is not
begun as (

    select
        tested.cluster_id,
        tested.period_start,
        tested.conversation_count,
        tested.share,
        tested.usual_share,
        case when tested.is_new then 'new' else 'spike' end as kind,
        case when tested.is_new then 1 when tested.first_back < 3 then 2 else 4 end as precedence,
        coalesce({{ kura.normal_of_t('tested.t', 'tested.degrees') }}, tested.t) as score,
        min(case when periods.share >= (tested.share + tested.usual_share) / 2 then periods.period_start end) as since
    from tested
    inner join periods
        on
            tested.cluster_id = periods.cluster_id
            and periods.period_number >= tested.first_number
            and periods.period_start <= tested.period_start
    group by
        tested.cluster_id, tested.first_back, tested.period_start, tested.conversation_count, tested.is_new, tested.share,
        tested.usual_share, tested.t, tested.degrees

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

-- what is new is called so; what rises over many periods grows, and a spike is what has come all at once
final as (

    select
        kind,
        precedence,
        cluster_id,
        since,
        period_start,
        conversation_count,
        share,
        usual_share,
        score
    from begun

    union all

    select
        'growing' as kind,
        3 as precedence,
        cluster_id,
        since,
        period_start,
        conversation_count,
        cast(conversation_count as double) / total_count as share,
        cast(usual_count as double) / usual_total as usual_share,
        {{ kura.normal_of_t('t', 'degrees') }} as score
    from grown

)

select * from final
