{{ config(enabled=kura.has_part('comparisons')) }}
-- depends_on: {{ ref('int_kura__cluster_periods') }}
-- depends_on: {{ ref('int_kura__published_periods') }}
{%- set comparisons = kura.comparisons() %}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and lens = '{{ kura.first_lens() }}'

),

ancestors as ( -- noqa: ST03

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

-- both sides are sums of numbers that readers have in another table, or, where none is too small, of days
days as ( -- noqa: ST03

    {% if kura.folds_cells() -%}
    select
        cluster_id,
        period_start as started_on,
        conversation_count
    from {{ ref('int_kura__cluster_periods') }}
    {%- else -%}
    select
        ancestors.ancestor_cluster_id as cluster_id,
        conversations.started_on,
        count(*) as conversation_count
    from {{ ref('int_kura__published_periods') }} as conversations
    inner join ancestors on conversations.cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id, conversations.started_on
    {%- endif %}

),

asked as (

    {{ kura.asked_segments(comparisons) }}

),

counted as (

    select
        cluster_id,
        facet as compared_by,
        value as segment,
        conversation_count,
        true as is_told
    from {{ ref('int_kura__cluster_facets') }}
    where facet in (select compared_by from asked) {{- " and value <> 'other'" if kura.folds_cells() }}
    {%- for comparison in comparisons if comparison.is_period %}
    {%- for period in [comparison.baseline] + comparison.against %}

    union

    select
        cluster_id,
        'period' as compared_by,
        '{{ period }}' as segment,
        sum(conversation_count) as conversation_count,
        count(*) = count(conversation_count) as is_told
    from days
    where {{ kura.is_within(period) }}
    group by cluster_id
    {%- endfor %}
    {%- endfor %}

),

told as (

    select counted.*
    from counted
    inner join clusters using (cluster_id)

),

totals as (

    select
        told.compared_by,
        told.segment,
        sum(told.conversation_count) as conversation_total
    from told
    inner join clusters on told.cluster_id = clusters.cluster_id and clusters.level = 0
    group by told.compared_by, told.segment

),

pairs as (

    select
        asked.compared_by,
        asked.baseline,
        totals.segment,
        baselines.conversation_total as baseline_total,
        totals.conversation_total
    from asked
    inner join totals as baselines on asked.compared_by = baselines.compared_by and asked.baseline = baselines.segment
    inner join totals
        on
            asked.compared_by = totals.compared_by
            and asked.baseline <> totals.segment
            and (asked.segment is null or asked.segment = totals.segment)

),

-- without limits, what is not there is none; with them nobody knows, and nothing is said
final as (

    select distinct
        clusters.cluster_id,
        pairs.compared_by,
        pairs.baseline,
        pairs.segment,
        cast(coalesce(old_counts.conversation_count, 0) as bigint) as baseline_count,
        cast(pairs.baseline_total as bigint) as baseline_total,
        cast(coalesce(new_counts.conversation_count, 0) as bigint) as conversation_count,
        cast(pairs.conversation_total as bigint) as conversation_total
    from pairs
    cross join clusters
    left join told as old_counts
        on
            clusters.cluster_id = old_counts.cluster_id
            and pairs.compared_by = old_counts.compared_by
            and pairs.baseline = old_counts.segment
    left join told as new_counts
        on
            clusters.cluster_id = new_counts.cluster_id
            and pairs.compared_by = new_counts.compared_by
            and pairs.segment = new_counts.segment
    where
        coalesce(old_counts.conversation_count, 0) + coalesce(new_counts.conversation_count, 0) > 0
        and coalesce(old_counts.is_told, {{ not kura.folds_cells() }})
        and coalesce(new_counts.is_told, {{ not kura.folds_cells() }})

)

select * from final
