{#-
  The common table expressions up to `messages_without_patterns`: the messages of a relation, each as people see it and without what
  the patterns of redaction find.
-#}
{% macro redacted_messages(relation) -%}
{%- set longest = [1000000, 100 * var('kura_transcript_tokens')] | max -%}
-- HTML as people see it; mails without their history and signature
plain as (

    select
        conversation_id,
        message_index,
        role,
        {{ kura.udf('kura_plain_text') }}(role, content) as content
    from {{ relation }}

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

messages_without_patterns as (

    select
        conversation_id,
        message_index,
        role,
        {{ kura.redacted_by_patterns('content') }} as content,
        left_out_count
    from shortened

)
{%- endmacro %}
