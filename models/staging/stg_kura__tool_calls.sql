{{ config(enabled=kura.has_part('tools')) }}

with messages as (

    select * from {{ ref('base_kura__messages') }}

),

logged as (

    select
        conversation_id,
        tool_calls
    from messages
    where
        tool_calls is not null
        and nullif(trim(conversation_id), '') is not null
        and coalesce(rejection_reason, '') not in ('repeated_conversation', 'conversation_of_another_user', 'another_conversation')

),

called as (

    {{ kura.unnest_tool_calls('logged') }}

),

-- a name is what a program has written there, and no more to be trusted than other text
tools as (

    select
        tool,
        {{ kura.redacted('tool') }} as redacted_tool
    from (select distinct tool from called) as distinct_tools -- noqa: ST05

),

final as (

    select
        called.conversation_id,
        row_number() over (partition by called.conversation_id order by called.turn, called.call_number) as call_number,
        called.turn,
        tools.redacted_tool as tool,
        called.status,
        called.error_kind,
        called.seconds,
        called.retries,
        called.repetitions
    from called
    inner join tools using (tool)

)

select * from final
