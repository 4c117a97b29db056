{%- set last = kura.last_made(['source_hash']) -%}

{#- how transcripts are made; what it says is a part of the key by which one of last time is known again -#}
{%- set making %}
{{ kura.redacted_messages('messages') }},

{%- if var('kura_redact_names') %}

nameless_texts as (

    select * from {{ ref('int_kura__nameless_texts') }}

),

redacted as (

    select
        messages.conversation_id,
        messages.message_index,
        messages.role,
        -- none is missing but in a run that leaves out the model above
        case
            when nameless_texts.name_key is null then {{ kura.without_names('messages.content') }}
            else nameless_texts.content
        end as content,
        messages.left_out_count
    from messages_without_patterns as messages
    left join nameless_texts on {{ kura.name_key('messages.content') }} = nameless_texts.name_key

),
{%- else %}

redacted as (

    select * from messages_without_patterns

),
{%- endif %}

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
            {{ dbt.listagg(
                "case when allowance > 0 and role = 'user' then " ~ kura.udf('kura_own_words') ~ "(content) end", "chr(10)", "order by message_index"
            ) }},
            ''
        ) as user_turns,
        count(*) as turn_count,
        count(case when role = 'user' then 1 end) as user_turn_count,
        cast(sum(token_count + left_out_count) as bigint) as token_count,
        sum(allowance) < sum(token_count + left_out_count) as is_cut
    from cut
    group by conversation_id

),

made as (

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
{%- endset -%}

-- with a salt, because what a short text is known by could be guessed
with recipe as (

    select {{ kura.fingerprint([
        kura.text_recipe(making),
        kura.names_recipe(),
        '(select salt from ' ~ ref('kura_salt') ~ ')',
    ]) }} as recipe

),

sources as (

    select
        conversation_id,
        {{ kura.fingerprint([
            '(select recipe from recipe)',
            dbt.listagg("md5(role || ' ' || content)", "''", "order by message_index"),
        ]) }} as source_hash
    from {{ ref('stg_kura__messages') }}
    group by conversation_id

),
{%- if last %}

unchanged as (

    select kept.*
    from {{ last }} as kept
    inner join sources on kept.conversation_id = sources.conversation_id and kept.source_hash = sources.source_hash

),
{%- endif %}

messages as (

    select * from {{ ref('stg_kura__messages') }}
    {%- if last %}
    where conversation_id not in (select conversation_id from unchanged)
    {%- endif %}

),

conversations as (

    select * from {{ ref('stg_kura__conversations') }}
    {%- if last %}
    where conversation_id not in (select conversation_id from unchanged)
    {%- endif %}

),

{{ making }},

final as (

    select
        made.*,
        sources.source_hash
    from made
    left join sources using (conversation_id)
    {%- if last %}

    union all

    select
        conversation_id,
        content_hash,
        transcript,
        user_turns,
        turn_count,
        user_turn_count,
        token_count,
        is_cut,
        is_empty,
        source_hash
    from unchanged
    {%- endif %}

)

select * from final
