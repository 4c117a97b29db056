{{ config(enabled=kura.has_part('trends')) }}

{%- set few = kura.is_too_few('count(*)', 'count(distinct user_id)', kura.min_cell()) -%}

with places as (

    select * from {{ ref('int_kura__published_places') }}

),

clusters as (

    select * from {{ ref('int_kura__clusters') }}

),

placed as (

    select
        places.conversation_id,
        places.user_id,
        places.lens,
        places.cluster_id,
        clusters.root_cluster_id as topic_id,
        cast({{ kura.local_time('places.started_at') }} as date) as started_on,
        {{ kura.period_start(var('kura_trend_period'), kura.local_time('places.started_at')) }} as period_start
    from places
    inner join clusters using (cluster_id)
    where places.started_at is not null
    {%- if kura.folds_cells() %}
    -- what is folded in one lens could be had by taking it from what another one tells of the same conversations
    and places.lens = '{{ kura.first_lens() }}'
    {%- endif %}

),

{%- if kura.folds_cells() %}

cells as (

    select
        topic_id,
        period_start,
        count(*) as conversation_count,
        topic_id = '{{ kura.outliers_id() }}' or {{ few }} as is_few,
        row_number() over (
            partition by period_start, topic_id = '{{ kura.outliers_id() }}' or {{ few }} order by count(*), topic_id
        ) as size_rank
    from placed
    group by topic_id, period_start

),

-- of each period the topics of too few, and the outliers
rest as (

    select
        placed.period_start,
        {{ few }} as is_too_few
    from placed
    inner join cells using (topic_id, period_start)
    where cells.is_few
    group by placed.period_start

),

marked as (

    select
        cells.*,
        cells.is_few or (coalesce(rest.is_too_few, false) and cells.size_rank = 1) as is_marked
    from cells
    left join rest using (period_start)

),

ranked as (

    select
        *,
        count(case when is_marked then 1 end) over (partition by topic_id) as marked_periods,
        coalesce(sum(case when is_marked then conversation_count end) over (partition by topic_id), 0) as marked_count,
        row_number() over (partition by topic_id, is_marked order by conversation_count, period_start) as size_rank_in_topic
    from marked

),

-- a single period of a topic would be what its total leaves, so that a second one goes with it
folded as (

    select
        topic_id,
        period_start,
        is_marked
        or (
            size_rank_in_topic = 1
            and (marked_periods = 1 or (marked_count > 0 and marked_count < {{ kura.min_cell() }}))
        ) as is_folded
    from ranked

),

-- of a period in which even all of these are too few nothing is told
folded_periods as (

    select placed.period_start
    from placed
    inner join folded using (topic_id, period_start)
    where folded.is_folded
    group by placed.period_start
    having not {{ few }}

),

final as (

    select
        placed.*,
        folded.is_folded
    from placed
    inner join folded using (topic_id, period_start)
    where not folded.is_folded or placed.period_start in (select period_start from folded_periods)

)
{%- else %}

final as (

    select
        *,
        false as is_folded
    from placed

)
{%- endif %}

select * from final
