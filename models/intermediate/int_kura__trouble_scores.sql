{{ config(enabled=kura.has_part('alerts')) }}
{%- set limit = kura.min_cell() if kura.folds_cells() else 0 -%}
{#- what facets and tools tell of all periods, less what is told of the last ones, must not leave a number below the limit -#}
{%- set told_count = 'conversation_count - mod(conversation_count, ' ~ limit ~ ')' if limit else 'conversation_count' -%}

with conversations as (

    select * from {{ ref('int_kura__conversations') }}

),

{%- if kura.has_part('tools') %}

calls as (

    select * from {{ ref('int_kura__tool_calls') }}

),
{%- endif %}

clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and not is_outliers and not is_unprocessed and lens = '{{ kura.first_lens() }}'

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

periods as (

    select distinct
        period_start,
        period_number > max(period_number) over () - 4 as is_now
    from {{ ref('int_kura__cluster_periods') }}
    qualify period_number > max(period_number) over () - 16

),

-- each conversation of which it can be said, and whether there is trouble
troubles as (

    select
        'frustration' as kind,
        conversation_id,
        case when is_frustrated then 1 else 0 end as is_troubled
    from conversations
    where is_frustrated is not null

    union all

    select
        'unresolved' as kind,
        conversation_id,
        case when outcome = 'unresolved' then 1 else 0 end as is_troubled
    from conversations
    where outcome is not null
    {%- if kura.has_part('tools') %}

    union all

    select
        'failed_tools' as kind,
        conversation_id,
        max(case when is_failed then 1 else 0 end) as is_troubled
    from calls
    group by conversation_id
    {%- endif %}

),

-- now and before: four periods beside the twelve before them
windows as (

    select
        troubles.kind,
        clusters.cluster_id,
        max(periods.period_start) as period_start,
        min(case when periods.is_now and troubles.is_troubled = 1 then periods.period_start end) as since,
        coalesce(sum(case when periods.is_now then troubles.is_troubled end), 0) as conversation_count,
        count(case when periods.is_now then 1 end) as total_count,
        coalesce(sum(case when not periods.is_now then troubles.is_troubled end), 0) as usual_count,
        count(case when not periods.is_now then 1 end) as usual_total
    from troubles
    inner join {{ ref('int_kura__published_periods') }} as places
        on troubles.conversation_id = places.conversation_id and not places.is_folded
    inner join periods on places.period_start = periods.period_start
    inner join ancestors on places.cluster_id = ancestors.descendant_cluster_id
    inner join clusters on ancestors.ancestor_cluster_id = clusters.cluster_id
    group by troubles.kind, clusters.cluster_id

),

final as (

    select
        kind,
        cluster_id,
        since,
        period_start,
        cast({{ told_count }} as bigint) as conversation_count,
        {{ kura.published_share('cast(' ~ told_count ~ ' as double) / total_count') }} as share,
        case
            when usual_count >= {{ limit }} then {{ kura.published_share('cast(usual_count as double) / usual_total') }}
        end as usual_share,
        {{ kura.share_score('conversation_count', 'total_count', 'usual_count', 'usual_total') }} as score
    from windows
    where
        total_count > 0
        and usual_total > 0
        and conversation_count >= {{ limit }}
        and (total_count = conversation_count or total_count - conversation_count >= {{ limit }})

)

select * from final
