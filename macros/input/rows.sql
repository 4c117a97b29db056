{#- The CTEs up to `messages` of an input with a row for each message. -#}
{% macro messages_of_rows(fields) %}
spoken as (

{{ kura.unnest_contents(fields) }}

),

timed as (

    select
        *,
        {{ kura.as_timestamp('created_at') }} as sent_at,
        {{ kura.as_timestamp('updated_at') }} as saved_at
    from spoken

),

messages as (

    select
        source_name,
        source_row,
        raw_text,
        conversation_id,
        user_id,
        metadata,
        attributes,
        message_id,
        role as role_as_given,
        row_number() over (partition by conversation_id order by sent_at, source_row, piece) as position,
        sent_at,
        sent_at as conversation_sent_at,
        saved_at,
        created_at as time_as_given,
        content,
        -- an id that question and answer share is a turn's: what one of them says under it, saved again, is one message
        nullif(trim(message_id), '') || '-' || coalesce(role, '') || '-' || piece as identity,
        case when is_unreadable then 'unreadable_row' end as parse_error
    from timed

)
{% endmacro %}
