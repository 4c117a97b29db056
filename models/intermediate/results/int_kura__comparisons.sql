{{ config(enabled=kura.has_part('comparisons')) }}

{%- do kura.say_missing_values(ref('int_kura__cluster_facets'), ref('int_kura__published_periods')) -%}
{%- set family = 'partition by compared_by, baseline, segment' -%}

with counts as (

    select
        *,
        cast(baseline_count as double) / baseline_total as baseline_share,
        cast(conversation_count as double) / conversation_total as share,
        cast(baseline_count + conversation_count as double) / (baseline_total + conversation_total) as common_share
    from {{ ref('int_kura__segment_counts') }}

),

-- how far the count is from what both sides' common share expects, half a conversation nearer to it, as counts come in whole ones
shifted as (

    select
        *,
        sign(conversation_count - conversation_total * common_share)
        * greatest(abs(conversation_count - conversation_total * common_share) - 0.5, 0) as shifted_surplus,
        {{ kura.wilson_bound('baseline_share', 'baseline_total', '-') }} as baseline_low,
        {{ kura.wilson_bound('baseline_share', 'baseline_total', '+') }} as baseline_high,
        {{ kura.wilson_bound('share', 'conversation_total', '-') }} as low,
        {{ kura.wilson_bound('share', 'conversation_total', '+') }} as high
    from counts

),

-- the likelihood-ratio test (G) of two shares, which is right for small counts, too, where that of chi-square sees too much
tested as (

    select
        *,
        sqrt(2 * greatest(
            {{ kura.log_ratio('conversation_total * common_share', 'shifted_surplus') }}
            + {{ kura.log_ratio('baseline_total * common_share', '-shifted_surplus') }}
            + {{ kura.log_ratio('conversation_total * (1 - common_share)', '-shifted_surplus') }}
            + {{ kura.log_ratio('baseline_total * (1 - common_share)', 'shifted_surplus') }},
            0
        )) as z
    from shifted

),

judged as (

    select
        *,
        least(2 * {{ kura.normal_tail('z') }}, 1) as p_value
    from tested

),

-- Benjamini and Hochberg (1995): what of this comparison one takes for true is wrong in at most q of the cases
ranked as (

    select
        *,
        p_value * count(*) over ({{ family }}) / count(*) over ({{ family }} order by p_value) as rate
    from judged

),

-- Newcombe (1998), method 10: from the two intervals of Wilson
final as (

    select
        cluster_id,
        compared_by,
        baseline,
        segment,
        baseline_count,
        baseline_total,
        baseline_share,
        conversation_count,
        conversation_total,
        share,
        share - baseline_share as share_difference,
        share - baseline_share - sqrt(power(share - low, 2) + power(baseline_high - baseline_share, 2)) as difference_low,
        share - baseline_share + sqrt(power(high - share, 2) + power(baseline_share - baseline_low, 2)) as difference_high,
        p_value,
        least(min(rate) over ({{ family }} order by p_value desc), 1) as q_value
    from ranked

)

select * from final
