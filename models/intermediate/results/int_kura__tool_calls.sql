{{ config(enabled=kura.has_part('tools')) }}

with calls as (

    select * from {{ ref('stg_kura__tool_calls') }}

),

places as (

    select * from {{ ref('int_kura__published_places') }}
    where lens = '{{ kura.first_lens() }}'

),

-- without those of clusters of which nothing may be said
final as (

    select
        calls.conversation_id,
        calls.call_number,
        calls.turn,
        places.cluster_id,
        calls.tool,
        calls.status,
        calls.error_kind,
        calls.status = 'failed' as is_failed,
        calls.repetitions >= 2 as is_loop,
        calls.seconds,
        calls.retries,
        calls.repetitions,
        places.started_at
    from calls
    inner join places using (conversation_id)
    where not places.is_suppressed

)

select * from final
