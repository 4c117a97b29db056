{#- The fields that the staging models read, and the roles that a message can have. -#}
{% macro input_fields() %}
  {{ return([
      'conversation_id', 'message_id', 'role', 'content', 'created_at', 'updated_at', 'user_id', 'metadata', 'messages'
  ]) }}
{% endmacro %}

{% macro roles() %}
  {{ return(['user', 'assistant', 'system', 'developer', 'tool']) }}
{% endmacro %}

{#-
  The input shapes, the most telling first. `signature`: columns that give a shape away. `columns`: under which names
  a field may be found, beside those that all shapes share. `required`: fields without which nothing can be done.
-#}
{% macro input_formats() %}
  {# in lower case, as they are compared #}
  {% set conversation_ids = [
      'conversation_id', 'conversationid', 'conversation_hash', 'chat_id', 'chatid', 'thread_id', 'threadid', 'session_id', 'sessionid',
      'uuid', 'id'
  ] %}
  {{ return({
      'chatgpt': {
          'signature': ['mapping'],
          'columns': {'conversation_id': conversation_ids, 'messages': ['mapping']},
          'required': ['messages'],
      },
      'claude': {
          'signature': ['chat_messages'],
          'columns': {'conversation_id': ['uuid'] + conversation_ids, 'messages': ['chat_messages']},
          'required': ['messages'],
      },
      'wildchat': {
          'signature': ['conversation_hash', 'conversation'],
          'columns': {'conversation_id': conversation_ids, 'messages': ['conversation'], 'user_id': ['hashed_ip']},
          'required': ['messages'],
      },
      'sharegpt': {
          'signature': ['conversations'],
          'columns': {'conversation_id': conversation_ids, 'messages': ['conversations', 'conversation']},
          'required': ['messages'],
      },
      'conversations': {
          'signature': ['messages'],
          'columns': {'conversation_id': conversation_ids},
          'required': ['messages'],
      },
      'openai': {
          'signature': ['messages'],
          'columns': {'conversation_id': conversation_ids},
          'required': ['messages'],
      },
      'messages': {
          'signature': ['role', 'content'],
          'columns': {
              'conversation_id': conversation_ids[:-2],
              'message_id': ['message_id', 'messageid', 'uuid', 'id'],
              'role': ['role', 'sender', 'sender_type', 'author_role', 'from', 'author', 'speaker'],
              'content': ['content', 'text', 'message', 'body', 'value'],
          },
          'required': ['conversation_id', 'role', 'content'],
      },
  }) }}
{% endmacro %}

{#- The name of the shape that a list of column names has, or none. -#}
{% macro recognised_format(columns) %}
  {% set lowered = columns | map('lower') | list %}
  {% set renamed = var('kura_columns') | list %}
  {% set ids = kura.input_formats()['conversations']['columns']['conversation_id'] %}
  {% set has_id = 'conversation_id' in renamed or lowered | select('in', ids) | list %}
  {% set only_chat_keys = not lowered | reject('in', ['messages', 'tools', 'functions', 'parallel_tool_calls', 'metadata', 'user_id']) | list %}
  {% for name, shape in kura.input_formats().items() %}
    {% set names = namespace(found=true) %}
    {% for field in shape['signature'] %}
      {% set candidates = shape['columns'].get(field, [field]) %}
      {% if field not in renamed and not (lowered | select('in', candidates) | list) %}
        {% set names.found = false %}
      {% endif %}
    {% endfor %}
    {% if name == 'conversations' and not has_id and only_chat_keys %}
      {# a file of bare chats, as for fine-tuning, carries no ids: that is the openai shape #}
    {% elif names.found %}
      {{ return(name) }}
    {% endif %}
  {% endfor %}
  {{ return('sharegpt' if 'conversation' in lowered else none) }}
{% endmacro %}
