{{ config(enabled=kura.has_part('tools')) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and lens = '{{ kura.first_lens() }}'

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

-- the tools that a conversation is counted with: those that too few of a cluster use are not told there
used as (

    select * from {{ ref('int_kura__published_facets') }}
    where facet = 'tool'

),

calls as (

    select
        conversation_id,
        tool,
        count(*) as call_count,
        count(case when status <> 'unanswered' then 1 end) as answered_count,
        count(case when is_failed then 1 end) as failed_count,
        count(case when retries > 0 then 1 end) as retry_count,
        max(case when is_loop then 1 else 0 end) as has_loop,
        sum(seconds) as seconds,
        count(seconds) as timed_count
    from {{ ref('int_kura__tool_calls') }}
    group by conversation_id, tool

),

told as (

    select distinct
        used.conversation_id,
        clusters.cluster_id,
        case when clusters.level = 0 then used.value else used.value_in_parts end as tool
    from used
    inner join ancestors on used.cluster_id = ancestors.descendant_cluster_id
    inner join clusters on ancestors.ancestor_cluster_id = clusters.cluster_id

),

final as (

    select
        told.cluster_id,
        told.tool,
        count(*) as conversation_count,
        cast(sum(calls.call_count) as bigint) as call_count,
        {{ kura.published_share('sum(calls.failed_count) / nullif(cast(sum(calls.answered_count) as double), 0)') }} as failed_share,
        {{ kura.published_share('sum(calls.retry_count) / cast(sum(calls.call_count) as double)') }} as retry_share,
        {{ kura.published_share('avg(cast(calls.has_loop as double))') }} as loop_share,
        sum(calls.seconds) / nullif(sum(calls.timed_count), 0) as mean_seconds
    from told
    inner join calls using (conversation_id, tool)
    group by told.cluster_id, told.tool

)

select * from final
