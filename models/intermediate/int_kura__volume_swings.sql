{{ config(enabled=kura.has_part('alerts')) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and not is_outliers and not is_unprocessed and lens = '{{ kura.first_lens() }}'

),

periods as (

    select
        counts.*,
        max(counts.period_number) over () as last_number
    from {{ ref('int_kura__cluster_periods') }} as counts
    inner join clusters using (cluster_id)

),

-- what is looked at: the last period, which may still be running, the one before it, and the last four together
spans as (

    select
        0 as first_back,
        0 as last_back
    union all
    select
        1 as first_back,
        1 as last_back
    union all
    select
        3 as first_back,
        0 as last_back

),

latest as (

    select
        periods.cluster_id,
        spans.first_back,
        max(periods.period_start) as period_start,
        max(periods.last_number) - spans.first_back as first_number,
        sum(case when periods.period_number >= periods.last_number - spans.first_back then periods.conversation_count end)
            as conversation_count,
        sum(case when periods.period_number >= periods.last_number - spans.first_back then periods.total_count end) as total_count,
        coalesce(sum(case when periods.period_number < periods.last_number - spans.first_back then periods.conversation_count end), 0)
            as ever_count,
        count(*) = count(periods.conversation_count) as is_told
    from periods
    inner join spans on periods.period_number <= periods.last_number - spans.last_back
    group by periods.cluster_id, spans.first_back, spans.last_back

),

-- each beside the twelve periods before it
pairs as (

    select
        latest.*,
        earlier.period_number as earlier_number,
        earlier.conversation_count as earlier_count,
        earlier.total_count as earlier_total,
        sum(earlier.conversation_count) over (partition by latest.cluster_id, latest.first_back) as usual_count,
        sum(earlier.total_count) over (partition by latest.cluster_id, latest.first_back) as usual_total
    from latest
    inner join periods as earlier
        on
            latest.cluster_id = earlier.cluster_id
            and earlier.period_number between latest.first_number - 12 and latest.first_number - 1
    where latest.total_count > 0 and earlier.total_count > 0

),

-- without the one that is farthest from the others, so that an earlier spike hides no later one
usual_pairs as (

    select
        * replace (
            sum(earlier_count) over (partition by cluster_id, first_back) as usual_count,
            sum(earlier_total) over (partition by cluster_id, first_back) as usual_total
        )
    from (
        select *
        from pairs
        qualify row_number() over (
            partition by cluster_id, first_back
            order by
                {{ kura.swing('earlier_count', 'earlier_total', 'usual_count', 'usual_total') }} desc nulls first,
                earlier_number asc
        ) > 1
    ) as near_pairs

),

residuals as (

    select
        *,
        sign(cast(earlier_count as double) * usual_total - cast(earlier_total as double) * usual_count)
        * sqrt({{ kura.swing('earlier_count', 'earlier_total', 'usual_count', 'usual_total') }}) as residual
    from usual_pairs

),

-- how much more those swing than chance alone: chi-square, in which 1.65 makes up for what was left out
swings as (

    select
        cluster_id,
        first_back,
        first_number,
        period_start,
        conversation_count,
        total_count,
        ever_count,
        usual_count,
        usual_total,
        count(*) as degrees,
        1.65 * coalesce(sum(residual * residual) / count(*), 0) as swing,
        coalesce(sum(residual * residual), 0) as squares,
        coalesce(sum(residual * last_residual), 0) as products
    from (
        select
            *,
            lag(residual) over (partition by cluster_id, first_back order by earlier_number) as last_residual
        from residuals
    ) as neighbours
    group by
        cluster_id, first_back, first_number, period_start, conversation_count, total_count, ever_count, usual_count,
        usual_total, is_told
    having count(*) >= 3 and count(*) = count(earlier_count) and conversation_count is not null and (is_told or first_back < 3)

),

-- what all clusters say together: how much they swing; how many degrees of freedom that is worth for one of them, the fewer the
-- more their swings differ beyond what so few periods make of one and the same; and how much a period has of the one before it
commons as (

    select
        first_back,
        greatest(1, coalesce(sum(swing * usual_count) / nullif(sum(usual_count), 0), 1)) as common_spread,
        least(count(*), 4 + 2 / greatest(0.02, coalesce(
            (
                sum(swing * swing * usual_count) * sum(usual_count) / nullif(power(sum(swing * usual_count), 2), 0)
                - 1 - 2.0 / max(degrees)
            ) / (1 + 2.0 / max(degrees)),
            0
        ))) as common_degrees,
        greatest(0, coalesce(sum(products * usual_count) / nullif(sum(squares * usual_count), 0), 0) + 1.0 / max(degrees)) as echo
    from swings
    group by first_back

),

-- a cluster's own swing, which few periods tell, is drawn to that of all, the more the more alike they are (Smyth, 2004): no
-- cluster is taken to be steadier than all of them together, and four periods that hang together swing more than four that don't
final as (

    select
        swings.cluster_id,
        swings.first_back,
        swings.first_number,
        swings.period_start,
        cast(swings.conversation_count as bigint) as conversation_count,
        cast(swings.total_count as bigint) as total_count,
        cast(swings.ever_count as bigint) as ever_count,
        cast(swings.usual_count as bigint) as usual_count,
        cast(swings.usual_total as bigint) as usual_total,
        -- rounded, as sums of fractions hang on their order
        round(
            greatest(
                commons.common_spread,
                (swings.swing * swings.degrees + commons.common_spread * commons.common_degrees)
                / (swings.degrees + commons.common_degrees)
            )
            * case
                when swings.first_back = 3 then 1 + 1.5 * commons.echo + power(commons.echo, 2) + power(commons.echo, 3) / 2
                else 1
            end,
            9
        ) as spread,
        -- null where the spread is that of all
        case when swings.swing > commons.common_spread + 1e-9 then round(swings.degrees + commons.common_degrees, 9) end as degrees
    from swings
    inner join commons on swings.first_back = commons.first_back

)

select * from final
