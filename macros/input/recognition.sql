{#- Names by their letters: `conversation_id` is `conversationId`, `Conversation ID` and `conversation.id`, too. -#}
{% macro letters(names) %}
  {% set found = [] %}
  {% for name in names %}
    {% do found.append(modules.re.sub("[-_ .:/()#'’]", '', name | lower)) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- The columns, among those that there are, that a list of names means, as [name, column]: as it stands there, else by its letters. -#}
{% macro columns_among(types, names) %}
  {% set spelt, lowered, found = {}, names | map('lower') | list, [] %}
  {% for column, letters in zip(types, kura.letters(types)) %}
    {% do spelt.setdefault(letters, []).append(column) %}
  {% endfor %}
  {% for name, letters in zip(names, kura.letters(names)) %}
    {% for column in spelt.get(letters, []) %}
      {% if column | lower == name | lower or (column | lower not in lowered and column not in found | map(attribute=1)) %}
        {% do found.append([name, column]) %}
      {% endif %}
    {% endfor %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- The name of the shape that the columns of an input have, or none. Two shapes at once are an error. -#}
{% macro recognised_format(source, types) %}
  {% set renamed = var('kura_columns') %}
  {% if renamed.get('messages') and renamed['messages'] is not string %}
    {{ return('calls') }}
  {% endif %}
  {% set formats = kura.input_formats() %}
  {% set lowered, letters = types | map('lower') | list, kura.letters(types) %}
  {% set ids = formats['conversations']['columns']['conversation_id'] %}
  {% set has_id = 'conversation_id' in renamed or kura.has_any(letters, ids) %}
  {# a file of bare chats, as for fine-tuning, carries no ids: that is the openai shape #}
  {% set chat_keys = ['messages', 'tools', 'functions', 'parallel_tool_calls', 'metadata', 'user_id'] %}
  {% set is_bare = not has_id and not lowered | reject('in', chat_keys) | list %}
  {% set is_named = 'messages' in renamed or ('role' in renamed and 'content' in renamed) %}
  {% set matching = [] %}
  {% for name, shape in formats.items() if 'signature' in shape and not (is_named and 'gathers' in shape) %}
    {% set is_left_out = (name == 'conversations' and is_bare) or (name == 'transcripts' and matching) %}
    {% if not is_left_out and kura.has_signature(letters, shape) and kura.holds_shape(source, types, name, shape) %}
      {% do matching.append(name) %}
    {% endif %}
  {% endfor %}
  {% if 'messages' in matching and has_id and matching[0] in ['calls', 'conversations', 'spans', 'assistants'] %}
    {% if matching[0] == 'calls' or 'messages' in lowered %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` can be read in two ways: a row may be a message (it has columns for a role and a content),"
          ~ " or hold a whole " ~ ("call" if matching[0] == "calls" else "conversation") ~ ". It has "
          ~ kura.columns_shown(source, types) ~ ". Say which with `kura_input_format: messages` or `kura_input_format: " ~ matching[0] ~ "`.") %}
    {% endif %}
    {{ return('messages') }}
  {% endif %}
  {# a question beside all that was said before it, and not yet answered #}
  {% set lists = kura.columns_among(types, formats['conversations']['signature'][0]) | map(attribute=0) | list %}
  {% if matching[:1] == ['conversations'] and not lists | reject('in', ['history', 'chat_history']) | list
      and kura.has_any(letters, ['question', 'query', 'input']) %}
    {{ return('calls') }}
  {% endif %}
  {{ return(matching | first) }}
{% endmacro %}

{#-
  The columns without those that hold nothing: a program that writes all that it knows has some that are called as another's are in which words
  stand. What `kura_columns` names stays, and so does what only one shape has.
-#}
{% macro filled_columns(source, types, places) %}
  {% set named = places.values() | sum(start=[]) | map(attribute='column') | list %}
  {% set telling, asked, counted, filled = kura.letters(kura.telling_names()), [], [], {} %}
  {% for column, letters in zip(types, kura.letters(types)) if letters in telling and column not in named %}
    {% do asked.append(column) %}
    {% do counted.append("count(" ~ kura.something(source, types, column) ~ ")") %}
  {% endfor %}
  {% set counts = run_query("select count(*), " ~ counted | join(', ') ~ " from (select * from " ~ source.rows ~ " limit 1000) as first_rows").rows[0]
      if asked and execute else [0] %}
  {% set empty = [] %}
  {% for column, count in zip(asked, (counts | list)[1:]) if counts[0] and not count %}
    {% do empty.append(column) if not kura.any_row(source, kura.something(source, types, column) ~ ' is not null') else none %}
  {% endfor %}
  {% for column, type in types.items() if column not in empty %}
    {% do filled.update({column: type}) %}
  {% endfor %}
  {{ return(filled) }}
{% endmacro %}

{#- What a column holds, or null where that is nothing, or a list or object with nothing in it. -#}
{% macro something(source, types, column) %}
  {{ return("nullif(nullif(" ~ kura.field_or_null(source, types, column) ~ ", '[]'), '{}')") }}
{% endmacro %}

{#- What columns are called in which messages, what is said of one, or calls stand: names that others use for something else, too. -#}
{% macro telling_names() %}
  {% set formats = kura.input_formats() %}
  {% set of_fields = [kura.shared_names(), formats['messages']['columns'], formats['conversations']['columns']] %}
  {% set found = kura.asked_columns() + kura.answered_columns() + kura.transcript_columns() %}
  {% for fields in of_fields %}
    {% do found.extend(fields.values() | sum(start=[])) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- Whether a column, of those whose letters these are, is called by one of some names. -#}
{% macro has_any(letters, names) %}
  {{ return(letters | select('in', kura.letters(names)) | list | length > 0) }}
{% endmacro %}

{#- Whether there is a column for each part of a shape's signature, by its name or by `kura_columns`. -#}
{% macro has_signature(letters, shape) %}
  {% set renamed = var('kura_columns') %}
  {% for field in shape['signature'] %}
    {% set names = shape['columns'].get(field, [field]) if field is string else field %}
    {% set is_given = field in renamed if field is string else ('messages' in renamed and 'messages' in field) %}
    {% if not is_given and not kura.has_any(letters, names) %}
      {{ return(false) }}
    {% endif %}
  {% endfor %}
  {{ return(true) }}
{% endmacro %}

{#- Whether the columns of a shape's signature hold what they do in that shape: elsewhere some are called so, too. -#}
{% macro holds_shape(source, types, name, shape) %}
  {% set names = [shape['signature'][0]] if shape['signature'][0] is string else shape['signature'][0] %}
  {% set columns = kura.columns_among(types, names) | map(attribute=1) | list %}
  {% if name == 'sharegpt' %}
    {{ return(not kura.has_conversation_id(source, types)) }}
  {% elif name == 'spans' %}
    {{ return(kura.has_spans(source, types)) }}
  {% elif name == 'assistants' %}
    {{ return(kura.any_begins(source, types, columns, ['['])) }}
  {% elif name == 'issues' %}
    {{ return(kura.any_begins(source, types, columns, ['[', '{'])) }}
  {% elif name == 'codex' %}
    {{ return(kura.any_begins(source, types, kura.columns_among(types, ['type']) | map(attribute=1) | list, ['response_item'])) }}
  {% elif name == 'senders' %}
    {% set is_told_apart = kura.columns_among(types, (shape['ids'] | select('string') | list) + ['_links'])
        or kura.plain_ids(source, types) or kura.replies(source, types) %}
    {{ return(is_told_apart and kura.has_senders(source, types)) }}
  {% elif name == 'message_store' %}
    {{ return(kura.has_objects(source, types, names)) }}
  {% elif name == 'transcripts' %}
    {{ return(kura.has_transcripts(source, types)) }}
  {% endif %}
  {{ return(true) }}
{% endmacro %}

{#- Whether a text of attributes holds what was said to a model. -#}
{% macro speaks_of_messages(text) -%}
  {%- set words = [
      'gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.system_instructions', 'gen_ai.prompt', 'gen_ai.completion',
      'gen_ai.content.', 'gen_ai.choice', 'gen_ai.user.message', 'gen_ai.assistant.message', 'gen_ai.system.message',
      'gen_ai.tool.message', 'llm.input_messages', 'llm.output_messages', 'ai.prompt.messages', 'ai.response.text', 'input_messages',
      'output_messages', '$ai_input', '$ai_output_choices', 'execute_tool', 'gen_ai.tool.name', 'ai.toolCall', 'openinference.span.kind',
      'traceloop.span.kind'
  ] -%}
  (
    {%- for word in words %}{{ ' or ' if not loop.first }}{{ text }} like '%{{ word }}%'{% endfor -%}
  )
{%- endmacro %}

{#- Whether any row of an input with columns of spans is about what was said to a model. -#}
{% macro has_spans(source, types) %}
  {% set named = kura.columns_among(types, kura.span_columns()) | map(attribute=0) | list %}
  {% set holders = [
      'attributes', 'span_attributes', 'SpanAttributes', 'record_attributes', 'LogAttributes', 'log_attributes', 'properties',
      'system_instructions'
  ] %}
  {% if named | reject('in', holders) | list %}
    {{ return(true) }}
  {% endif %}
  {% set text = kura.json_to_text(kura.json_object(kura.part_values(source, types, kura.input_formats()['spans']['parts']))) %}
  {% set found = run_query("select 1 as one from (select " ~ text ~ " as held from " ~ source.rows ~ ") as rows_of_spans where "
      ~ kura.speaks_of_messages('held') ~ " limit 1") %}
  {{ return(found.rows | length > 0) }}
{% endmacro %}

{#-
  Whether no column says in one word who sends a message: an object does, or a sign, or some have a direction and others are what
  colleagues say to each other.
-#}
{% macro has_senders(source, types) %}
  {% set roles = kura.columns_among(types, kura.input_formats()['messages']['columns']['role']) | map(attribute=1) | list %}
  {% set told = roles | map('lower') | first %}
  {% if not roles %}
    {{ return(true) }}
  {% elif told == 'direction' and 'type' in kura.letters(types) %}
    {{ return(kura.any_begins(source, types, kura.columns_among(types, ['type']) | map(attribute=1), ['COMMENT'])) }}
  {% endif %}
  {% set signs = kura.columns_among(types, kura.sign_columns()) %}
  {% if signs and told in kura.name_columns() %}
    {# beside a sign, a name is somebody's own #}
    {% set name = kura.input_field(source, roles[0], types[roles[0]]) %}
    {% set unknown = "count(case when " ~ kura.role_name(name) ~ " is null and trim(" ~ name ~ ") <> '' then 1 end)" %}
    {% set counted = "select " ~ unknown ~ ", count(" ~ kura.role_name(name) ~ ") from (select * from " ~ source.rows
        ~ " limit 1000) as first_rows" %}
    {% set strangers, known = run_query(counted).rows[0] %}
    {{ return(strangers > 0 or known == 0) }}
  {% endif %}
  {{ return(told in ['sender', 'from', 'author'] and kura.any_begins(source, types, roles[:1], ['{'])) }}
{% endmacro %}

{#- Whether a column holds objects. -#}
{% macro has_objects(source, types, names) %}
  {% set column = kura.columns_among(types, names)[0][1] %}
  {{ return(kura.keys_at(source, kura.column_json(source, column, types[column]), 1000) | length > 0) }}
{% endmacro %}

{#- Whether a column that may hold a transcript does: by its name, or because a list stands in it. -#}
{% macro has_transcripts(source, types) %}
  {% set columns = kura.columns_among(types, kura.transcript_columns()) %}
  {% for name, column in columns if 'transcript' in name %}
    {{ return(true) }}
  {% endfor %}
  {% set fields = kura.input_formats()['messages']['columns'] %}
  {% for _, column in columns %}
    {% set keys = kura.keys_at(source, kura.column_json(source, column, types[column]), 1000) %}
    {% if kura.columns_among(keys, fields['role']) and kura.columns_among(keys, fields['content']) %}
      {{ return(false) }}  {# a message, as a logger has wrapped it #}
    {% endif %}
  {% endfor %}
  {{ return(kura.any_begins(source, types, columns | map(attribute=1), ['[', '{'])) }}
{% endmacro %}

{#- Whether a value among the first thousand rows of some columns begins with one of some signs. -#}
{% macro any_begins(source, types, columns, signs) %}
  {% set found = [] %}
  {% for column in columns %}
    {% set held = kura.place_text(source, types, {'column': column, 'steps': []}) %}
    {% do found.append("left(ltrim(" ~ held ~ "), " ~ signs[0] | length ~ ") in ('" ~ signs | join("', '") ~ "')") %}
  {% endfor %}
  {{ return(kura.any_row(source, found | join(' or '), 1000)) }}
{% endmacro %}

{#- Whether a condition holds for any row, or for any of so many. -#}
{% macro any_row(source, condition, rows=none) %}
  {% set looked_at = "(select * from " ~ source.rows ~ " limit " ~ rows ~ ") as first_rows" if rows else source.rows %}
  {{ return(run_query("select 1 as one from " ~ looked_at ~ " where " ~ condition ~ " limit 1").rows | length > 0) }}
{% endmacro %}

{#- Whether `conversation` is an id or a number beside what else a row holds, and not the list of its messages. -#}
{% macro has_conversation_id(source, types) %}
  {% set columns = kura.columns_among(types, ['conversation', 'conversations']) | map(attribute=1) | list %}
  {% set letters, of_messages, renamed = kura.letters(types), kura.input_formats()['messages']['columns'], var('kura_columns') %}
  {% set is_of_messages = ('role' in renamed or kura.has_any(letters, of_messages['role'] + kura.sign_columns()))
      and ('content' in renamed or kura.has_any(letters, of_messages['content'])) %}
  {% set is_of_calls = kura.has_any(letters, kura.asked_columns()) and kura.has_any(letters, kura.answered_columns()) %}
  {% set is_of_lists = kura.has_any(letters, kura.input_formats()['conversations']['columns']['messages']) %}
  {{ return(columns and (is_of_messages or is_of_calls or is_of_lists) and not kura.any_begins(source, types, columns, ['['])) }}
{% endmacro %}
