with messages as (

    select * from {{ ref('base_kura__messages') }}

),

accepted as (

    select
        conversation_id,
        row_number() over (
            partition by conversation_id order by position, source_row
        ) as message_index,
        message_id,
        role,
        content,
        created_at
    from messages
    where rejection_reason is null

)

select * from accepted
