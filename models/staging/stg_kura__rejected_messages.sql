with messages as (

    select * from {{ ref('base_kura__messages') }}

),

final as (

    select
        -- chats are saved under the number or the address of whom they are with
        {{ kura.redacted('source_name') }} as source_name,
        source_row,
        position as message_position,
        conversation_id,
        rejection_reason,
        left({{ kura.redacted('left(raw_text, 2000)') }}, 200) as raw_text
    from messages
    where rejection_reason is not null

)

select * from final
