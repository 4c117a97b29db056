{#- The fields that the staging models read, and the roles that a message can have. -#}
{% macro input_fields() %}
  {{ return([
      'conversation_id', 'message_id', 'message_number', 'role', 'content', 'created_at', 'updated_at', 'user_id', 'metadata', 'messages'
  ]) }}
{% endmacro %}

{% macro roles() %}
  {{ return(['user', 'assistant', 'system', 'developer', 'tool']) }}
{% endmacro %}

{#-
  The input shapes, the most telling first. `signature`: columns that give a shape away, of a list any. `columns`: under which
  names a field may be found, beside those that all shapes share. `required`: fields without which nothing can be done.
  A shape without a signature is read only where `kura_input_format` names it. `speaker`: the role of all who speak.
  Shapes whose conversations may stand in several rows have `gathers` (what a row is: a call or an event), `parts` (what of a
  row goes to the parser), `ids` (the first that a row has is the conversation's; a list is a path) and perhaps `alone` (a row without any
  is a conversation of its own). docs/inputs.md has all.
-#}
{% macro input_formats() %}
  {% set session_ids = ['conversation_id', 'chat_id', 'thread_id', 'session_id', 'conversation_name', 'conversations_thread_id'] %}
  {% set ticket_ids = ['ticket_id', 'case_id', 'call_id', 'interaction_id', 'dialog_id', 'dialogue_id', 'conversation_sid'] %}
  {% set conversation_ids = session_ids[:1] + ['conversation_hash'] + session_ids[1:] + ticket_ids + ['uuid', 'id'] %}
  {% set message_ids = ['message_id', 'uuid', 'id'] %}
  {% set metadata_ids = [
      ['metadata', 'session_id'], ['metadata', 'sessionId'], ['metadata', 'thread_id'], ['metadata', 'conversation_id'],
      ['requestMetadata', 'sessionId'], ['requestMetadata', 'session_id'], ['conversation', 'id']
  ] %}
  {% set call_ids = ['trace_id', 'request_id', 'databricks_request_id', 'correlation_id', 'uuid', 'id'] %}
  {% set lists = ['messages', 'history', 'chat_history', 'turns', 'dialog', 'dialogue'] %}
  {% set parts_of_tickets = [
      'requester_id', 'requester', 'primaryCustomer', 'subject', 'description_text', 'description', 'source', 'comments',
      'conversation_parts', 'conversations', 'messages', 'thread', '_embedded', 'participants', 'users', 'members', 'created_at', 'createdAt',
      'created'
  ] %}
  {% set message_texts = [
      'content', 'text', 'message', 'body', 'value', 'parts', 'utterance', 'message_text', 'body_text', 'plain_body', 'payload'
  ] %}
  {% set parts_of_messages = message_texts + [
      'id', 'message_id', 'type', 'subtype', 'public', 'private', 'internal', 'attachments', 'files', 'created_at', 'createdAt',
      'created_datetime', 'sent_datetime', 'date', 'timestamp', 'updated_at', 'updatedAt'
  ] %}
  {{ return({
      'tickets': {
          'signature': [
              ['requester_id', 'requester', 'primary_customer', 'conversation_parts'],
              ['description_text', 'description', 'comments', 'conversations', 'conversation_parts', '_embedded'],
              ticket_ids + ['id', 'display_id']
          ],
          'gathers': 'calls',
          'ids': ticket_ids + ['id', 'display_id'],
          'alone': true,
          'parts': parts_of_tickets,
          'columns': {'user_id': ['requester_id']},
          'required': ['messages'],
      },
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
      'open_webui': {
          'signature': ['chat', ['title', 'user_id']],
          'columns': {'conversation_id': ['id'] + conversation_ids, 'messages': ['chat']},
          'required': ['messages'],
      },
      'wildchat': {
          'signature': ['conversation_hash', 'conversation'],
          'columns': {'conversation_id': conversation_ids, 'messages': ['conversation'], 'user_id': ['hashed_ip']},
          'required': ['messages'],
      },
      'sharegpt': {
          'signature': [['conversations', 'conversation']],
          'columns': {'conversation_id': conversation_ids, 'messages': ['conversations', 'conversation']},
          'required': ['messages'],
      },
      'batch': {
          'signature': ['custom_id', ['body', 'params', 'response', 'result']],
          'gathers': 'calls',
          'ids': ['custom_id'],
          'parts': ['body', 'params', 'response', 'result'],
          'columns': {},
          'required': ['messages'],
      },
      'trees': {
          'signature': ['message_tree_id', ['prompt', 'parent_id']],
          'gathers': 'events',
          'ids': ['message_tree_id'],
          'parts': ['prompt', 'message_id', 'parent_id', 'role', 'text', 'created_date', 'rank'],
          'columns': {},
          'required': ['messages'],
      },
      'live': {
          'signature': ['event_id', 'type', ['item', 'response', 'transcript'], session_ids],
          'gathers': 'events',
          'ids': session_ids,
          'parts': ['type', 'item', 'item_id', 'response', 'session', 'transcript', 'text', 'timestamp', 'created_at'],
          'columns': {},
          'required': ['messages'],
      },
      'bots': {
          'signature': ['inputTranscript', ['messages', 'botResponse']],
          'gathers': 'calls',
          'ids': session_ids + ['user_id'] + call_ids,
          'alone': true,
          'parts': ['inputTranscript', 'messages', 'botResponse'],
          'columns': {},
          'required': ['messages'],
      },
      'librechat': {
          'signature': ['isCreatedByUser', session_ids],
          'gathers': 'events',
          'ids': session_ids,
          'parts': [
              'messageId', 'parentMessageId', 'isCreatedByUser', 'sender', 'text', 'content', 'createdAt', 'updatedAt', 'files', 'attachments'
          ],
          'columns': {'user_id': ['user']},
          'required': ['messages'],
      },
      'log': {
          'signature': ['sessionId', 'type', ['message', 'uuid']],
          'gathers': 'events',
          'ids': ['sessionId'],
          'parts': [
              'type', 'message', 'uuid', 'sessionId', 'timestamp', 'content', 'attachment', 'isSidechain', 'isMeta', 'isCompactSummary',
              'isVisibleInTranscriptOnly'
          ],
          'columns': {},
          'required': ['messages'],
      },
      'spans': {
          'signature': [kura.span_columns()],
          'gathers': 'calls',
          'ids': [
              ['properties', '$ai_session_id'], ['properties.$ai_session_id'], ['$ai_session_id'], ['gen_ai.conversation.id'],
              ['gen_ai_conversation_id'], ['attributes', 'gen_ai.conversation.id'],
              ['attributes', 'session.id'], ['span_attributes', 'gen_ai.conversation.id'], ['span_attributes', 'session.id'],
              ['record_attributes', 'gen_ai.conversation.id'], 'attributes.session.id'
          ] + session_ids + [
              'trace_id', ['trace', 'trace_id'], 'context.trace_id', ['properties', '$ai_trace_id'], ['properties.$ai_trace_id'],
              ['$ai_trace_id'], 'span_id', 'id'
          ],
          'parts': kura.span_columns() + [
              'events', 'body', 'event_name', 'eventName', 'name', 'timestamp', 'attributes.openinference.span.kind', 'attributes.tool.name',
              'attributes.input.value', 'attributes.output.value'
          ] + kura.tool_columns(),
          'columns': {'created_at': ['start_time_unix_nano', 'start_time', 'start_timestamp', 'time_unix_nano', 'timestamp', 'time']},
          'required': ['messages'],
      },
      'langsmith': {
          'signature': ['inputs', 'outputs', ['trace_id', 'dotted_order', 'session_name']],
          'gathers': 'calls',
          'ids': ['thread_id', ['extra', 'metadata', 'session_id'], ['extra', 'metadata', 'thread_id'],
              ['extra', 'metadata', 'conversation_id']] + metadata_ids,
          'own_ids': call_ids,
          'alone': true,
          'parts': ['inputs', 'outputs', 'run_type', 'name'] + kura.tool_columns(),
          'columns': {'created_at': ['start_time']},
          'required': ['messages'],
      },
      'calls': {
          'signature': [kura.asked_columns(), kura.answered_columns()],
          'gathers': 'calls',
          'ids': session_ids + metadata_ids + [['response', 'context', 'conversation_id']],
          'own_ids': call_ids,
          'alone': true,
          'parts': [
              'proxy_server_request', 'system', 'instructions', 'system_prompt', 'systemInstruction', 'system_instruction', 'instruction',
              'history', 'chat_history'
          ] + kura.asked_columns() + kura.answered_columns() + ['type', 'name'] + kura.tool_columns(),
          'columns': {'created_at': ['start_time', 'start_timestamp', 'request_time', 'request_created_at', 'started_at']},
          'required': ['messages'],
      },
      'conversations': {
          'signature': [lists],
          'columns': {'conversation_id': conversation_ids, 'messages': lists},
          'required': ['messages'],
      },
      'openai': {
          'signature': ['messages'],
          'columns': {'conversation_id': conversation_ids},
          'required': ['messages'],
      },
      'assistants': {
          'signature': ['data', conversation_ids],
          'columns': {'conversation_id': conversation_ids, 'messages': ['data']},
          'required': ['messages'],
      },
      'replies': {
          'signature': ['from', 'body', 'replyToId'],
          'gathers': 'events',
          'ids': ['chat_id', 'replyToId', 'id'],
          'parts': [
              'id', 'from', 'body', 'replies', 'attachments', 'createdDateTime', 'lastModifiedDateTime', 'deletedDateTime', 'messageType'
          ],
          'columns': {},
          'required': ['messages'],
      },
      'senders': {
          'signature': [kura.sender_columns(), message_texts, session_ids + ticket_ids],
          'gathers': 'events',
          'ids': session_ids + ticket_ids,
          'parts': kura.sender_columns() + parts_of_messages,
          'columns': {},
          'required': ['messages'],
      },
      'messages': {
          'signature': ['role', 'content'],
          'columns': {
              'conversation_id': conversation_ids[:-2] + ['conversation'],
              'message_id': message_ids,
              'message_number': [
                  'message_number', 'message_index', 'turn_number', 'turn_index', 'turn', 'sequence_number', 'sequence', 'seq'
              ],
              'role': [
                  'role', 'sender_type', 'sender_role', 'author_role', 'author_type', 'participant_role', 'speaker_role', 'direction', 'sender',
                  'from', 'author', 'speaker'
              ],
              'content': message_texts,
          },
          'required': ['conversation_id', 'role', 'content'],
      },
      'transcripts': {
          'signature': [kura.transcript_columns()],
          'gathers': 'calls',
          'ids': session_ids + ticket_ids + [
              'contact_id', ['CustomerMetadata', 'ContactId'], 'recording_id', 'sender_id', 'uuid', 'id'
          ],
          'alone': true,
          'parts': kura.transcript_columns() + ['participants', 'users', 'members'],
          'columns': {'created_at': ['start_time', 'started_at', 'start_timestamp', 'call_start']},
          'required': ['messages'],
      },
      'texts': {
          'speaker': 'user',
          'columns': {
              'conversation_id': conversation_ids,
              'message_id': message_ids,
              'content': [
                  'content', 'text', 'message', 'body', 'value', 'comment', 'feedback', 'review', 'description', 'utterance', 'answer',
                  'question', 'prompt', 'query', 'request', 'input'
              ],
          },
          'required': ['content'],
      },
      'message_store': {
          'signature': [['message', 'message_data'], session_ids],
          'gathers': 'events',
          'ids': session_ids,
          'parts': ['message', 'message_data', 'created_at', 'createdAt', 'timestamp'],
          'columns': {},
          'required': ['messages'],
      },
  }) }}
{% endmacro %}

{#- Where a call, a chat or a ticket stands as it was written down: as a text, or as a list of what was said. -#}
{% macro transcript_columns() %}
  {{ return([
      'transcript_object', 'transcripts', 'utterances', 'transcript', 'phrases', 'threads', 'thread', 'entries', 'events', 'logs',
      '_embedded', 'comments',
      'concatenated_transcript', 'chat_transcript', 'call_transcript'
  ]) }}
{% endmacro %}

{#- Where tools keep what was asked of a model and what it answered. -#}
{% macro asked_columns() %}
  {{ return([
      'messages', 'input', 'inputs', 'prompt', 'question', 'query', 'request', 'request_body', 'full_request', 'request_payload',
      'request_messages', 'contents'
  ]) }}
{% endmacro %}

{% macro answered_columns() %}
  {{ return([
      'output', 'outputs', 'response', 'response_body', 'full_response', 'response_payload', 'response_messages', 'completion', 'answer',
      'choices', 'candidates', 'generated_text', 'generation'
  ]) }}
{% endmacro %}

{#- Where a message says who sends it, as an object or by a sign: it is a customer's, or it is not. -#}
{% macro sender_columns() %}
  {{ return([
      'sender', 'from', 'author', 'direction', 'from_agent', 'is_agent', 'from_me', 'from_bot', 'is_outgoing', 'outgoing', 'incoming',
      'inbound', 'is_inbound', 'is_incoming', 'is_user', 'from_user', 'is_customer', 'from_customer'
  ]) }}
{% endmacro %}

{#- What a row that is a call of a tool itself says of how it ended. -#}
{% macro tool_columns() %}
  {{ return([
      'error', 'level', 'status', 'status_code', 'StatusCode', 'statusMessage', 'status_message', 'StatusMessage', 'end_time', 'endTime',
      'end_timestamp', 'endTimeUnixNano', 'end_time_unix_nano'
  ]) }}
{% endmacro %}

{#- Columns of spans of OpenTelemetry. -#}
{% macro span_columns() %}
  {{ return([
      'gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.system_instructions', 'gen_ai.prompt', 'gen_ai.completion',
      'gen_ai_input_messages', 'gen_ai_output_messages', 'gen_ai_system_instructions', 'input_messages', 'output_messages',
      'system_instructions', 'attributes.llm.input_messages', 'attributes.llm.output_messages', 'attributes', 'span_attributes',
      'SpanAttributes', 'record_attributes', 'properties', '$ai_input', '$ai_output_choices', 'properties.$ai_input',
      'properties.$ai_output_choices'
  ]) }}
{% endmacro %}

{#- The names of columns that a row of calls or events is known by, its parent's, and how the parser calls some others. -#}
{% macro row_ids() %}
  {{ return(['span_id', 'context.span_id', 'run_id', 'id', 'uuid', 'message_id', 'request_id']) }}
{% endmacro %}

{#- A `parent_id` is a span's around this one, but elsewhere it may be that of the turn before. -#}
{% macro parent_ids(format) %}
  {{ return(['parent_span_id', 'parent_run_id', 'parent_observation_id', 'parent_run_ids'] + (['parent_id'] if format == 'spans' else [])) }}
{% endmacro %}

{% macro parser_name(part) %}
  {{ return({
      'gen_ai_input_messages': 'gen_ai.input.messages', 'gen_ai_output_messages': 'gen_ai.output.messages',
      'gen_ai_system_instructions': 'gen_ai.system_instructions', 'span_attributes': 'attributes', 'SpanAttributes': 'attributes',
      'record_attributes': 'attributes', 'properties': 'attributes', 'message_data': 'message', 'request_body': 'request',
      'full_request': 'request', 'request_payload': 'request', 'request_messages': 'messages', 'response_body': 'response',
      'full_response': 'response', 'response_payload': 'response', 'response_messages': 'output',
  }.get(part, part)) }}
{% endmacro %}

{#- Names by their letters: `conversation_id` is `conversationId` and `Conversation ID`, too. -#}
{% macro letters(names) %}
  {{ return(names | map('lower') | map('replace', '_', '') | map('replace', '-', '') | map('replace', ' ', '') | list) }}
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
  {% set lowered, letters = types | map('lower') | list, kura.letters(types) %}
  {% set renamed = var('kura_columns') %}
  {% set formats = kura.input_formats() %}
  {% if renamed.get('messages') and renamed['messages'] is not string %}
    {{ return('calls') }}
  {% endif %}
  {% set ids = formats['conversations']['columns']['conversation_id'] %}
  {% set has_id = 'conversation_id' in renamed or letters | select('in', kura.letters(ids)) | list %}
  {% set only_chat_keys = not lowered | reject('in', ['messages', 'tools', 'functions', 'parallel_tool_calls', 'metadata', 'user_id']) | list %}
  {% set is_named = 'messages' in renamed or ('role' in renamed and 'content' in renamed) %}
  {% set matching = [] %}
  {% for name, shape in formats.items() if 'signature' in shape and not (is_named and 'gathers' in shape) %}
    {% set names = namespace(found=true) %}
    {% for field in shape['signature'] %}
      {% set candidates = shape['columns'].get(field, [field]) if field is string else field %}
      {% set is_given = field in renamed if field is string else ('messages' in renamed and 'messages' in field) %}
      {% if not is_given and not (letters | select('in', kura.letters(candidates)) | list) %}
        {% set names.found = false %}
      {% endif %}
    {% endfor %}
    {% if name == 'conversations' and not has_id and only_chat_keys %}
      {# a file of bare chats, as for fine-tuning, carries no ids: that is the openai shape #}
    {% elif names.found and (name != 'sharegpt' or not kura.has_conversation_id(source, types))
        and (name != 'spans' or kura.has_spans(source, types))
        and (name != 'senders' or kura.has_senders(source, types))
        and (name != 'message_store' or kura.has_objects(source, types, ['message', 'message_data']))
        and (name != 'transcripts' or (not matching and kura.has_transcripts(source, types))) %}
      {% do matching.append(name) %}
    {% endif %}
  {% endfor %}
  {% if 'messages' in matching and has_id and matching[0] in ['calls', 'conversations', 'spans', 'assistants'] %}
    {% if matching[0] == 'calls' or 'messages' in lowered %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` can be read in two ways: a row may be a message (it has columns for a role and a content),"
          ~ " or hold a whole " ~ ("call" if matching[0] == "calls" else "conversation") ~ ". It has " ~ types | join(', ')
          ~ ". Say which with `kura_input_format: messages` or `kura_input_format: " ~ matching[0] ~ "`.") %}
    {% endif %}
    {{ return('messages') }}
  {% endif %}
  {{ return(matching | first) }}
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
  {% set holders = ['attributes', 'span_attributes', 'SpanAttributes', 'record_attributes', 'properties', 'system_instructions'] %}
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
  {{ return(kura.any_begins(source, types, columns | map(attribute=1), ['[', '{'])) }}
{% endmacro %}

{#- Whether a value among the first thousand rows of some columns begins with one of some signs. -#}
{% macro any_begins(source, types, columns, signs) %}
  {% set found = [] %}
  {% for column in columns %}
    {% set held = kura.place_text(source, types, {'column': column, 'steps': []}) %}
    {% do found.append("left(ltrim(" ~ held ~ "), " ~ signs[0] | length ~ ") in ('" ~ signs | join("', '") ~ "')") %}
  {% endfor %}
  {{ return(run_query("select 1 as one from (select * from " ~ source.rows ~ " limit 1000) as first_rows where "
      ~ found | join(' or ') ~ " limit 1").rows | length > 0) }}
{% endmacro %}

{#- Whether `conversation` is an id beside what else a row holds, and not the list of its messages. -#}
{% macro has_conversation_id(source, types) %}
  {% set letters, columns = kura.letters(types), kura.columns_among(types, ['conversation']) %}
  {% set formats = kura.input_formats() %}
  {% set is_of_messages = letters | select('in', formats['messages']['columns']['role']) | list
      and letters | select('in', kura.letters(formats['messages']['columns']['content'])) | list %}
  {% set is_of_calls = letters | select('in', kura.letters(kura.asked_columns())) | list
      and letters | select('in', kura.letters(kura.answered_columns())) | list %}
  {{ return(columns and 'conversations' not in letters and (is_of_messages or is_of_calls)
      and not kura.any_begins(source, types, columns | map(attribute=1), ['['])) }}
{% endmacro %}

{#- The columns of a row that the parser reads, as [its name for it, the value]. -#}
{% macro part_values(source, types, parts) %}
  {% set found = [] %}
  {% set places = {} %}
  {% for part, column in kura.columns_among(types, parts) %}
    {% do places.setdefault(kura.parser_name(part), []).append({'column': column, 'steps': []}) %}
  {% endfor %}
  {% for name, several in places.items() %}
    {% set texts = [] %}
    {% for place in several %}
      {# the null of JSON may be a text, too #}
      {% do texts.append("nullif(" ~ kura.place_text(source, types, place) ~ ", 'null')") %}
    {% endfor %}
    {% set one = kura.place_value(source, types, several[0]) %}
    {% do found.append([name, one if texts | length == 1 else 'coalesce(' ~ texts | join(', ') ~ ')']) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}
