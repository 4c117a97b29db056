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

{#- A select of one row per message out of conversations that hold their messages as JSON. -#}
{% macro unnest_messages(relation) %}
  {{ return(adapter.dispatch('unnest_messages', 'kura')(relation)) }}
{% endmacro %}

{% macro duckdb__unnest_messages(relation) %}
    select
        *,
        unnest(from_json(
            kura_parse_messages(coalesce(messages, 'null')),
            '[{"position": "BIGINT", "message_id": "VARCHAR", "role": "VARCHAR", "content": "VARCHAR", "created_at": "VARCHAR", "error": "VARCHAR"}]'
        )) as message
    from {{ relation }}
{% endmacro %}
