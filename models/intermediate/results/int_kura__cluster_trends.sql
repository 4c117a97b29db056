{{ config(enabled=kura.has_part('trends')) }}

{%- set recent = 'over (partition by cluster_id order by period_start rows between 11 preceding and current row)' -%}

with periods as (

    select * from {{ ref('int_kura__cluster_periods') }}

),

compared as (

    select
        *,
        conversation_count - lag(conversation_count) over (partition by cluster_id order by period_start) as conversation_change,
        share - lag(share) over (partition by cluster_id order by period_start) as share_change,
        min(case when conversation_count > 0 then period_number end) over (partition by cluster_id) as first_period,
        cast(conversation_count as double) as x,
        cast(case when conversation_count is not null then total_count end as double) as n,
        cast(period_number as double) as t
    from periods

),

-- the sums that the test for a trend is made of, over the last twelve periods; where one of them isn't told there is no trend
summed as (

    select
        *,
        count(case when n > 0 then 1 end) {{ recent }} as periods,
        count(case when conversation_count is null then 1 end) {{ recent }} as untold_periods,
        sum(x) {{ recent }} as sum_x,
        sum(n) {{ recent }} as sum_n,
        sum(x * t) {{ recent }} as sum_xt,
        sum(n * t) {{ recent }} as sum_nt,
        sum(n * t * t) {{ recent }} as sum_ntt,
        sum(case when n > 0 then x * x / n else 0 end) {{ recent }} as sum_xx,
        sum(x) {{ recent }} / nullif(sum(n) {{ recent }}, 0) as p
    from compared

),

-- Cochran (1954) and Armitage (1955): does the share rise or fall with time?
tested as (

    select
        *,
        (sum_xt - p * sum_nt)
        / nullif(sqrt(greatest(p * (1 - p) * (sum_ntt - sum_nt * sum_nt / nullif(sum_n, 0)), 0)), 0) as z,
        (sum_xx - sum_x * p) / nullif(p * (1 - p), 0) as chi_square
    from summed

),

-- what swings more from period to period than chance alone would have to swing farther to count
scored as (

    select
        *,
        -- of two periods nothing is left that could swing; GREATEST of a null is null in some warehouses
        z / sqrt(greatest(1, coalesce((chi_square - z * z) / nullif(periods - 2, 0), 1))) as trend_score
    from tested

),

final as (

    select
        lens,
        cluster_id,
        '{{ var("kura_trend_period") }}' as period,
        period_start,
        conversation_count,
        user_count,
        share,
        conversation_change,
        share_change,
        case
            when not is_complete or period_number < 4 or is_reserved or untold_periods > 0 then null
            when first_period > 4 and period_number - first_period between 0 and 3 then 'new'
            when trend_score >= 2.58 then 'growing'
            when trend_score <= -2.58 then 'fading'
            else 'steady'
        end as trend,
        case when is_complete and period_number >= 4 and untold_periods = 0 then trend_score end as trend_score,
        is_complete
    from scored

)

select * from final
