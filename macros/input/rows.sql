{#- The CTE `messages` of an input with a row for each message. -#}
{% macro messages_of_rows(fields) %}
messages as (

    select
        source_name,
        source_row,
        raw_text,
        conversation_id,
        user_id,
        metadata,
        message_id,
        role as role_as_given,
        row_number() over (
            partition by conversation_id order by {{ kura.as_timestamp('created_at') }}, source_row
        ) as position,
        {{ kura.as_timestamp('created_at') }} as created_at,
        {{ kura.as_timestamp('created_at') }} as conversation_created_at,
        {{ kura.udf('kura_content_text') }}(content) as content,
        case when is_unreadable then 'unreadable_row' end as parse_error
    from {{ fields }}

)
{% endmacro %}
