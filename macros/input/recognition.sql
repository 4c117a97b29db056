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
        and (name != 'assistants' or kura.any_begins(source, types,
            kura.columns_among(types, ['data']) | map(attribute=1) | list, ['[']))
        and (name != 'issues' or kura.any_begins(source, types,
            kura.columns_among(types, shape['signature'][0]) | map(attribute=1) | list, ['[', '{']))
        and (name != 'codex' or kura.any_begins(source, types,
            kura.columns_among(types, ['type']) | map(attribute=1) | list, ['response_item']))
        and (name != 'senders' or ((kura.columns_among(types, (shape['ids'] | select('string') | list) + ['_links'])
            or kura.plain_ids(source, types) or kura.replies(source, types)) and kura.has_senders(source, types)))
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

{#-
  The places of a question and an answer where each stands in a column that is called so (`user_message`, `bot_reply`), or by who says it
  (`human`, `ai`) and holds sentences; or none.
-#}
{% macro question_and_answer(source, types) %}
  {% set told = {'asked': [], 'answered': []} %}
  {% set asked, answered = kura.letters(kura.asked_columns()), kura.letters(kura.answered_columns()) %}
  {% set words = {
      'asked': '(user|human|customer|visitor|client)(message|msg|text|input|query|question|prompt|request|utterance)'
          ~ '|(question|prompt|request|query|input)(text|content|body|message|msg)|(message|msg|text)(in|inbound|received)',
      'answered': '(bot|chatbot|assistant|ai|gpt|llm|model|agent|system)(message|msg|text|output|response|reply|answer)'
          ~ '|(answer|response|reply|completion|output)(text|content|body|message|msg)|(message|msg|text)(out|outbound|sent)',
  } %}
  {% for column, letters in zip(types, kura.letters(types)) %}
    {% set place = {'column': column, 'steps': [], 'name': column} %}
    {% set is_side = letters in ['user', 'human', 'customer', 'client', 'assistant', 'bot', 'chatbot', 'ai', 'agent', 'model', 'gpt']
        and kura.any_like(source, types, column, '% % % %') %}
    {% if letters in asked + ['utterance'] or modules.re.fullmatch(words.asked, letters)
        or (is_side and letters in ['user', 'human', 'customer', 'client']) %}
      {% do told.asked.append(place) %}
    {% elif letters in answered or is_side or modules.re.fullmatch(words.answered, letters) %}
      {% do told.answered.append(place) %}
    {% endif %}
  {% endfor %}
  {{ return(told.asked + told.answered if told.asked | length == 1 and told.answered | length == 1 else none) }}
{% endmacro %}

{#- Whether a value among the first thousand rows of a column is like a pattern. -#}
{% macro any_like(source, types, column, pattern) %}
  {{ return(run_query("select 1 as one from (select * from " ~ source.rows ~ " limit 1000) as first_rows where "
      ~ kura.input_field(source, column, types[column]) ~ " like '" ~ pattern ~ "' limit 1").rows | length > 0) }}
{% endmacro %}

{#- Columns that can hold nothing but the time of a message by their letters; kura_udfs/text/messages/entries.py has the same. -#}
{% macro time_names(types) %}
  {% set found = [] %}
  {% set thing = '(message|msg|chat|event|turn|entry|reply|post|log)?' %}
  {% set done = '(sent|created|creation|posted|received|occurred|insert(ed)?|recorded|published|logged)' %}
  {% set time = '(at|on|time|timestamp|ts|date|datetime)' %}
  {% for column in types %}
    {% set letters = modules.re.sub('[^a-z]', '', column | lower) %}
    {% set name = thing ~ '(' ~ done ~ '?' ~ time ~ '|(time|date|datetime|timestamp)' ~ done ~ ')(utc|gmt|iso|unix|epoch)?' %}
    {% if modules.re.fullmatch(name, letters) %}
      {% do found.append(column) %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#-
  Where the names of columns tell no shape, what they hold may: {format, places}. Who speaks is what a column with nothing but known roles
  says, and what is said has a name of words for that, perhaps behind the first word of the name of who speaks (`data__role`,
  `data__content`). Or one column holds lists that are conversations. None where neither is so, or several columns may be meant.
-#}
{% macro likely_columns(source, types) %}
  {% set given = var('kura_columns') %}
  {% set shape = kura.input_formats()['messages']['columns'] %}
  {% set places = {} %}
  {% set called_so = kura.columns_among(types, shape['role']) | map(attribute=1) | list %}
  {% for column in types if not called_so and 'role' in kura.words_of(column)[-2:] %}
    {% do called_so.append(column) %}
  {% endfor %}
  {% set roles = called_so or kura.columns_of_roles(source, types) %}
  {% if roles | length == 1 or given.get('role') %}
    {% set bare = kura.bare_names(types, given.get('role') or roles[0]) %}
    {% for field in ['conversation_id', 'message_id', 'message_number', 'content', 'created_at', 'user_id'] if field not in given %}
      {% set names = shape[field] if field in ['conversation_id', 'content'] else [field] %}
      {% set names = kura.time_names(bare) if field == 'created_at' else names %}
      {% set found = kura.columns_among(bare, names) %}
      {% if found and bare[found[0][1]] not in roles %}
        {% do places.update({field: [{'column': bare[found[0][1]], 'steps': []}]}) %}
      {% endif %}
    {% endfor %}
    {% if 'content' not in places and 'content' not in given %}
      {% set texts = kura.columns_of_text(source, types) | reject('in', roles) | list %}
      {% if not texts and (not called_so or roles == kura.columns_of_roles(source, types)) %}
        {% set texts = kura.columns_beside(source, types) | reject('in', roles) | list %}
      {% endif %}
      {% do places.update({'content': [{'column': texts[0], 'steps': []}]}) if texts | length == 1 else none %}
    {% endif %}
    {% if 'content' in places or 'content' in given %}
      {% do places.update({'role': [{'column': roles[0], 'steps': []}]}) if 'role' not in given else none %}
      {{ kura.log_likely(source, places) }}
      {{ return({'format': 'messages', 'places': places}) }}
    {% endif %}
  {% endif %}
  {% set lists = kura.columns_of_messages(source, types) if 'messages' not in given else [] %}
  {% if lists | length == 1 %}
    {% do places.update({'messages': [{'column': lists[0], 'steps': []}]}) %}
    {{ kura.log_likely(source, places) }}
    {{ return({'format': 'conversations', 'places': places}) }}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{% macro log_likely(source, places) %}
  {% set told = [] %}
  {% for field, place in places.items() %}
    {% do told.append(field ~ ': ' ~ place[0].column) %}
  {% endfor %}
  {% do log("Kura: by what the columns of kura_input `" ~ source.name ~ "` hold it is read as with kura_columns: {" ~ told | join(', ')
      ~ "}. If something else is meant, say so there.", info=true) %}
{% endmacro %}

{#- Maps names without the first word that one of them has, or without the ending of fields of Salesforce's, to the columns. -#}
{% macro bare_names(types, like) %}
  {% set bare = {} %}
  {% set first = kura.words_of(like)[0] if kura.words_of(like) | length > 1 else none %}
  {% for column in types %}
    {% set words = kura.words_of(column) %}
    {% set is_of_salesforce = column | lower | trim | list | length > 3 and (column | lower).endswith('__c') %}
    {% set words = words[:-1] if is_of_salesforce else words %}
    {% do bare.setdefault((words[1:] if words[0] == first and words | length > 1 else words) | join('_'), column) %}
  {% endfor %}
  {{ return(bare) }}
{% endmacro %}

{% macro words_of(name) %}
  {{ return(modules.re.split('[\\W_]+', modules.re.sub('([a-z0-9])([A-Z])', '\\1_\\2', name) | lower | trim('_'))) }}
{% endmacro %}

{#- The columns that hold nothing but roles that somebody knows, a user's and an assistant's among them. -#}
{% macro columns_of_roles(source, types) %}
  {% set roles, told, found, branches = kura.roles_by_name(), {}, [], [] %}
  {% for column, type in types.items() if types | length < 60 %}
    {% set held = kura.plain_role(kura.input_field(source, column, type)) %}
    {% do branches.append("(select distinct " ~ kura.quoted(column) ~ " as name, " ~ held ~ " as told from first_rows where length(" ~ held
        ~ ") between 1 and 40 limit 20)") %}
  {% endfor %}
  {% set query %}
    with first_rows as (
        select * from {{ source.rows }} limit 1000
    )
    {{ branches | join(' union all ') }}
  {% endset %}
  {% for row in run_query(query).rows if branches %}
    {% do told.setdefault(row[0], []).append(roles.get(row[1])) %}
  {% endfor %}
  {% for column, sides in told.items() if none not in sides and 'user' in sides and 'assistant' in sides %}
    {% do found.append(column) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- What each name is that somebody knows, here or in `kura_roles`. -#}
{% macro roles_by_name() %}
  {% set roles = {} %}
  {% for ours, theirs in kura.known_roles().items() %}
    {% for name in theirs %}
      {% do roles.update({name: ours}) %}
    {% endfor %}
  {% endfor %}
  {% for theirs, ours in var('kura_roles').items() %}
    {% do roles.update({theirs | lower | trim: ours}) %}
  {% endfor %}
  {{ return(roles) }}
{% endmacro %}

{#- The columns that are called by words for what is said alone, and hold texts of several words. -#}
{% macro columns_of_text(source, types) %}
  {% set names = '(message|msg|chat|turn|utterance|plain|raw|full|clean|original|html|body|text|content|value)+' %}
  {{ return(kura.columns_of_words(source, types, names, '% %')) }}
{% endmacro %}

{#- The columns that are called by words for what may be said beside something else; where none is, those that hold sentences. -#}
{% macro columns_beside(source, types) %}
  {% set names = '(message|chat|answer|note|public|internal)*(comments?|notes?|reply|replies|answer|post|description|details)(text|body)?' %}
  {% set called, sentences = kura.columns_of_words(source, types, names, '% %'), [] %}
  {% if called %}
    {{ return(called) }}
  {% endif %}
  {% for column in kura.columns_of_words(source, types, '.*', '%_ _% _% _%') %}
    {% do sentences.append(column) if not kura.any_begins(source, types, [column], ['[', '{']) else none %}
  {% endfor %}
  {{ return(sentences) }}
{% endmacro %}

{#- The columns that are called so, by their letters, and hold something like a pattern. -#}
{% macro columns_of_words(source, types, names, pattern) %}
  {% set found = [] %}
  {% for column, letters in zip(types, kura.letters(types)) if modules.re.fullmatch(names, letters) %}
    {% do found.append(column) if kura.any_like(source, types, column, pattern) else none %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- The columns that hold lists, or texts by their names, in which the parser finds who says what, with roles that somebody knows. -#}
{% macro columns_of_messages(source, types) %}
  {% set found = [] %}
  {% for column, letters in zip(types, kura.letters(types)) if types | length < 60 %}
    {% set is_text = modules.re.search('conversation|dialog|chat|transcript|history', letters)
        and kura.any_like(source, types, column, '%: %') %}
    {% if is_text or kura.any_begins(source, types, [column], ['[']) %}
      {% set held = kura.input_field(source, column, types[column]) %}
      {% set query %}
        select {{ kura.udf('kura_parse_messages') }}({{ kura.with_roles('held') }}) as parsed
        from (select {{ held }} as held from (select * from {{ source.rows }} limit 1000) as first_rows) as lists
        where {{ "held like '%: %'" if is_text else "left(ltrim(held), 1) = '[' and length(held) > 2" }}
        limit 20
      {% endset %}
      {% set said = [] %}
      {% for row in run_query(query).rows %}
        {% do said.extend(fromjson(row[0])) %}
      {% endfor %}
      {% set roles = said | map(attribute='role') | unique | list %}
      {% if said | selectattr('content') | list and not said | selectattr('error') | list and none not in roles
          and ('*' in var('kura_roles') or roles | select('in', kura.roles_by_name()) | list) %}
        {% do found.append(column) %}
      {% endif %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#-
  Where no shape is known, and one column holds objects with which one is (a raw table's JSON, `_source`, `jsonPayload`, `attributes`),
  what is in them and what stands beside them as one row: {source, types, format}. None where none does, or several do.
-#}
{% macro unwrapped(source, types) %}
  {{ return(adapter.dispatch('unwrapped', 'kura')(source, types)) }}
{% endmacro %}

{% macro default__unwrapped(source, types) %}{{ return(none) }}{% endmacro %}

{% macro duckdb__unwrapped(source, types) %}
  {% set found = [] %}
  {% for column, type in types.items() if source.is_json or type in ['json', 'varchar'] or type.startswith('struct') %}
    {% set held = kura.column_json(source, column, type) %}
    {% set keys = kura.keys_at(source, held, 1000) %}
    {% if keys %}
      {% set whole = {} %}
      {% for key in types | list + keys %}
        {% do whole.update({key: 'json'}) %}
      {% endfor %}
      {% set row = 'raw_json' if source.is_json else 'to_json(outer_row)' %}
      {% set rows %}
        (
          select source_name, cast(raw_json as varchar) as raw_text, raw_json
          from (
              select
                  {{ 'source_name' if source.is_json else kura.quoted(source.name) }} as source_name,
                  case when json_type({{ held }}) = 'OBJECT' then json_merge_patch({{ row }}, {{ held }}) else {{ row }} end as raw_json
              from (select * from {{ source.rows }}) as outer_row
          ) as merged
        )
      {% endset %}
      {% set inner = {'name': source.name, 'rows': rows, 'is_json': true} %}
      {% set format = kura.recognised_format(inner, whole) %}
      {% set lists = kura.columns_among(whole, ['conversations', 'conversation']) | map(attribute=1) | list %}
      {% if format and (format != 'sharegpt' or kura.any_begins(inner, whole, lists, ['['])) %}
        {% do found.append({'source': inner, 'types': whole, 'format': format, 'column': column}) %}
      {% endif %}
    {% endif %}
  {% endfor %}
  {% if found | length == 1 %}
    {{ log("Kura: in kura_input `" ~ source.name ~ "` the rows are what stands in `" ~ found[0].column ~ "`.", info=true) }}
  {% endif %}
  {{ return(found[0] if found | length == 1 else none) }}
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

{#- Whether `conversation` is an id or a number beside what else a row holds, and not the list of its messages. -#}
{% macro has_conversation_id(source, types) %}
  {% set letters, columns = kura.letters(types), kura.columns_among(types, ['conversation', 'conversations']) %}
  {% set formats = kura.input_formats() %}
  {% set is_of_messages = letters | select('in', formats['messages']['columns']['role']) | list
      and letters | select('in', kura.letters(formats['messages']['columns']['content'])) | list %}
  {% set is_of_calls = letters | select('in', kura.letters(kura.asked_columns())) | list
      and letters | select('in', kura.letters(kura.answered_columns())) | list %}
  {{ return(columns and (is_of_messages or is_of_calls)
      and not kura.any_begins(source, types, columns | map(attribute=1), ['['])) }}
{% endmacro %}
