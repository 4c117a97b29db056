{%- set longest = [1000000, 100 * var('kura_transcript_tokens')] | max -%}

with messages as (

    select * from {{ ref('stg_kura__messages') }}

),

conversations as (

    select * from {{ ref('stg_kura__conversations') }}

),

-- HTML as people see it; mails without their history and signature
plain as (

    select
        conversation_id,
        message_index,
        role,
        {{ kura.udf('kura_plain_text') }}(role, content) as content
    from messages

),

-- of a message of megabytes only the ends are worked on; the budget is used up long before they are
shortened as (

    select
        conversation_id,
        message_index,
        role,
        case
            when length(content) > {{ longest }}
                then left(content, {{ longest // 2 }}) || ' […] ' || right(content, {{ longest // 2 }})
            else content
        end as content,
        case
            when length(content) > {{ longest }}
                then {{ kura.udf('kura_token_count') }}(
                    substring(content, {{ longest // 2 + 1 }}, length(content) - {{ longest // 2 * 2 }})
                )
            else 0
        end as left_out_count
    from plain

),

redacted as (

    select
        conversation_id,
        message_index,
        role,
        {{ kura.redacted('content') }} as content,
        left_out_count
    from shortened

),

counted as (

    select
        *,
        {{ kura.udf('kura_token_count') }}(content) as token_count,
        case role when 'user' then 1 when 'assistant' then 2 else 3 end as role_rank,
        least(
            message_index,
            count(*) over (partition by conversation_id) + 1 - message_index
        ) as distance_from_ends
    from redacted

),

-- the budget is spent on user turns first, and among equals on the head and the tail of the conversation
allowed as (

    select
        *,
        cast(greatest(0, least(token_count, {{ var('kura_transcript_tokens') }} + token_count - sum(token_count) over (
            partition by conversation_id
            order by role_rank, distance_from_ends, message_index
            rows between unbounded preceding and current row
        ))) as bigint) as allowance
    from counted

),

cut as (

    select
        conversation_id,
        message_index,
        role,
        token_count,
        left_out_count,
        allowance,
        case when allowance < token_count then {{ kura.udf('kura_truncate') }}(content, allowance) else content end as content
    from allowed

),

aggregated as (

    -- listagg gives null for nothing on one warehouse and an empty text on another
    select
        conversation_id,
        nullif(
            {{ dbt.listagg("case when allowance > 0 then role || ': ' || content end", "chr(10)", "order by message_index") }},
            ''
        ) as transcript,
        nullif(
            {{ dbt.listagg("case when allowance > 0 and role = 'user' then content end", "chr(10)", "order by message_index") }},
            ''
        ) as user_turns,
        count(*) as turn_count,
        count(case when role = 'user' then 1 end) as user_turn_count,
        cast(sum(token_count + left_out_count) as bigint) as token_count,
        sum(allowance) < sum(token_count + left_out_count) as is_cut
    from cut
    group by conversation_id

),

final as (

    select
        conversations.conversation_id,
        {{ kura.fingerprint(['aggregated.transcript', 'aggregated.user_turns']) }} as content_hash,
        aggregated.transcript,
        aggregated.user_turns,
        coalesce(aggregated.turn_count, 0) as turn_count,
        coalesce(aggregated.user_turn_count, 0) as user_turn_count,
        coalesce(aggregated.token_count, 0) as token_count,
        coalesce(aggregated.is_cut, false) as is_cut,
        -- greetings and markers of pictures are nothing that a conversation can be about
        not coalesce({{ kura.udf('kura_has_words') }}(aggregated.user_turns), false) as is_empty
    from conversations
    left join aggregated using (conversation_id)

)

select * from final
