{#- Our name of a role as it stands in the input; null when nobody knows it. `kura_roles` adds names. -#}
{% macro role_name(role) -%}
  case lower(trim({{ role }}))
    {%- for theirs, ours in var('kura_roles').items() %}
    when '{{ theirs | lower | replace("'", "''") }}' then '{{ ours }}'
    {%- endfor %}
    when 'user' then 'user'
    when 'human' then 'user'
    when 'customer' then 'user'
    when 'visitor' then 'user'
    when 'assistant' then 'assistant'
    when 'gpt' then 'assistant'
    when 'chatgpt' then 'assistant'
    when 'bot' then 'assistant'
    when 'model' then 'assistant'
    when 'ai' then 'assistant'
    when 'agent' then 'assistant'
    when 'system' then 'system'
    when 'developer' then 'developer'
    when 'tool' then 'tool'
    when 'function' then 'tool'
    when 'observation' then 'tool'
  end
{%- endmacro %}

{#-
  A select of one row per message out of conversations that hold their messages as JSON: all columns of the relation,
  and message_position, message_id, message_role, message_content, message_created_at and message_error.
-#}
{% macro unnest_messages(relation) %}
  {{ return(adapter.dispatch('unnest_messages', 'kura')(relation)) }}
{% endmacro %}

{% macro duckdb__unnest_messages(relation) %}
    select
        * exclude (message_id, message),
        message.position as message_position,
        message.message_id as message_id,
        message.role as message_role,
        message.content as message_content,
        message.created_at as message_created_at,
        message.error as message_error
    from (
        select
            *,
            unnest(from_json(
                kura_parse_messages(coalesce(messages, 'null')),
                '[{"position": "BIGINT", "message_id": "VARCHAR", "role": "VARCHAR", "content": "VARCHAR", "created_at": "VARCHAR", "error": "VARCHAR"}]'
            )) as message
        from {{ relation }}
    ) as parsed
{% endmacro %}

{% macro snowflake__unnest_messages(relation) %}
    select
        parsed.* exclude (message_id, parsed_messages),
        cast(message.value:position as bigint) as message_position,
        cast(message.value:message_id as varchar) as message_id,
        cast(message.value:role as varchar) as message_role,
        cast(message.value:content as varchar) as message_content,
        cast(message.value:created_at as varchar) as message_created_at,
        cast(message.value:error as varchar) as message_error
    from (
        select
            *,
            parse_json({{ kura.udf('kura_parse_messages') }}(coalesce(messages, 'null'))) as parsed_messages
        from {{ relation }}
    ) as parsed,
    lateral flatten(input => parsed.parsed_messages) as message
{% endmacro %}
