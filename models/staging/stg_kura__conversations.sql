with messages as (

    select * from {{ ref('base_kura__messages') }}

),

-- a conversation none of whose messages can be used is still a conversation
conversations as (

    select
        conversation_id,
        -- in a row of an answer it may be who answers
        coalesce(max(case when role = 'user' then user_id end), max(user_id)) as user_id,
        max(metadata) as metadata,
        coalesce(
            min(case when rejection_reason is null then created_at end),
            min(conversation_created_at)
        ) as started_at,
        coalesce(
            max(case when rejection_reason is null then created_at end),
            max(conversation_created_at)
        ) as ended_at,
        count(case when rejection_reason is null then 1 end) as message_count
    from messages
    where nullif(trim(conversation_id), '') is not null
    group by conversation_id

)

select * from conversations
