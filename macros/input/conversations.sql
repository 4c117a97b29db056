{#- The CTEs up to `messages` of an input with a row for each conversation, which holds its messages as JSON. -#}
{% macro messages_of_conversations(fields, format) %}
identified as (

    select
        * exclude (conversation_id),
        {% if format == 'openai' -%}
        -- bare chats have no id: the content is one, told apart from its repetitions by their number
        coalesce(conversation_id, md5(messages) || '-' || row_number() over (partition by messages order by source_row)) as conversation_id
        {%- else -%}
        conversation_id
        {%- endif %}
    from {{ fields }}

),

latest as (

    -- an export that holds a conversation twice holds its earlier state too
    select
        *,
        conversation_id is not null
        and row_number() over (
            partition by conversation_id
            order by {{ kura.as_timestamp('created_at') }} desc nulls last, source_row desc
        ) > 1 as is_repeated
    from identified

),

unnested as (

{{ kura.unnest_messages('latest') }}

),

messages as (

    select
        source_name,
        source_row,
        coalesce(message_content, raw_text) as raw_text,
        conversation_id,
        user_id,
        metadata,
        message_id,
        message_role as role_as_given,
        message_position as position,
        {{ kura.as_timestamp('message_created_at') }} as created_at,
        {{ kura.as_timestamp('created_at') }} as conversation_created_at,
        message_content as content,
        case
            when is_unreadable then 'unreadable_row'
            when is_repeated then 'repeated_conversation'
            else message_error
        end as parse_error
    from unnested

)
{% endmacro %}
