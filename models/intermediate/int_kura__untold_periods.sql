{{ config(enabled=kura.has_part('trends')) }}

{%- set few = kura.is_too_few('count(*)', 'count(distinct user_id)', kura.min_cell()) -%}

with conversations as (

    select * from {{ ref('int_kura__published_periods') }}

),

parts as (

    select
        topic_id,
        count(distinct cluster_id) as part_count
    from conversations
    group by topic_id

),

cells as (

    select
        topic_id,
        period_start,
        cluster_id,
        {{ few if kura.folds_cells() else 'false' }} as is_few
    from conversations
    where not is_folded
    group by topic_id, period_start, cluster_id

),

-- where one part of a topic is too small in a period none is told, or else the count of the topic would tell it
marked as (

    select
        cells.topic_id,
        cells.period_start
    from cells
    inner join parts using (topic_id)
    where parts.part_count > 1
    group by cells.topic_id, cells.period_start
    having max(case when cells.is_few then 1 else 0 end) = 1

),

hidden as (

    select conversations.*
    from conversations
    left join marked
        on conversations.topic_id = marked.topic_id and conversations.period_start = marked.period_start
    where conversations.is_folded or marked.topic_id is not null

),

-- and where what is untold of a part is too little itself, nothing is told of the topic's parts in any period
silent as (

    select distinct topic_id
    from (
        select topic_id
        from hidden
        group by topic_id, cluster_id
        having {{ few if kura.folds_cells() else 'false' }}
    ) as small_parts

),

final as (

    select distinct
        conversations.topic_id,
        conversations.period_start,
        conversations.is_folded
    from conversations
    left join marked
        on conversations.topic_id = marked.topic_id and conversations.period_start = marked.period_start
    left join silent on conversations.topic_id = silent.topic_id
    where
        not {{ kura.is_outliers('conversations.topic_id') }}
        and (conversations.is_folded or marked.topic_id is not null or silent.topic_id is not null)

)

select * from final
