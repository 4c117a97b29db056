{#- Pages and envelopes of a file: what stands inside is the rows. -#}
{% macro opened(source, types) %}
  {% if not source.is_json %}
    {{ return(source) }}
  {% elif not types %}
    {{ return(kura.bare_lists(source)) }}
  {% endif %}
  {% for key in kura.list_keys() if key in types and key != 'messages' and types | length < 20 %}
    {% set is_object = kura.any_row(source, "json_type(raw_json, '$." ~ key ~ "') = 'OBJECT'", 100) %}
    {% set keyed = kura.keyed_by_id(source, '$.' ~ key) if is_object else none %}
    {% if keyed %}
      {{ return(keyed) }}
    {% endif %}
  {% endfor %}
  {% for envelope in kura.envelopes(source, types) if kura.is_around_rows(source, types, envelope) %}
    {% set held = "json_extract(raw_json, '" ~ envelope.path ~ "')" %}
    {% set held = kura.oldest_first(held) if envelope.path == '$.data[*]' and 'first_id' in types else held %}
    {{ return(kura.items_of(source, '"' ~ envelope.key ~ '"', '[' ~ held ~ ']' if envelope.key == 'observations' else held)) }}
  {% endfor %}
  {{ return(source) }}
{% endmacro %}

{#- The rows of a file in which a store (DynamoDB, Firestore, Avro) has written the type of each value, without the types. -#}
{% macro without_types(source) %}
  {% set sign = '"(role|type|sender|author|speaker|content|text|message)"\\s*:\\s*[{]\\s*"(S|stringValue|string)"\\s*:\\s*"' %}
  {% if not kura.any_row(source, "regexp_matches(raw_text, '" ~ sign ~ "')", 100) %}
    {{ return(source) }}
  {% endif %}
  {% set rows %}
    (
      select source_name, plain_text as raw_text, case when json_valid(plain_text) then cast(plain_text as json) end as raw_json
      from (select source_name, kura_plain_json(raw_text) as plain_text from {{ source.rows }}) as typed
    )
  {% endset %}
  {{ return(dict(source, rows=rows)) }}
{% endmacro %}

{#- What lists of conversations, or of messages of many, are called. -#}
{% macro list_keys() %}
  {{ return(['conversations', 'chats', 'threads', 'sessions', 'messages', 'items', 'results', 'records', 'rows', 'history', 'store']) }}
{% endmacro %}

{#-
  The keys of a file under which rows may stand, as {key, path}, the first that is so counts. `is_page`: nothing else stands beside it than
  what pages of an API have. `beside`: one of these does. `holds_rows`: what stands in it is looked at.
-#}
{% macro envelopes(source, types) %}
  {% set found = [
      {'key': 'resourceSpans', 'path': '$.resourceSpans[*].scopeSpans[*].spans[*]'},
      {'key': 'resourceLogs', 'path': '$.resourceLogs[*].scopeLogs[*].logRecords[*]'},
      {'key': 'data', 'path': kura.path_of_data(source, types), 'is_page': true},
      {'key': 'runs', 'path': '$.runs[*]', 'is_page': true},
      {'key': 'traces', 'path': none if 'input' in types else '$.traces[*]'},
      {'key': 'observations', 'path': '$.trace', 'beside': ['trace']},
      {'key': 'tickets', 'path': '$.tickets[*]', 'is_page': true},
      {'key': 'value', 'path': '$.value[*]', 'is_page': true},
      {'key': 'logs', 'path': '$.logs[*]', 'is_page': true},
      {'key': '_embedded', 'path': '$._embedded.conversations[*]', 'is_page': true},
      {'key': '_results', 'path': '$._results[*]', 'is_page': true},
      {'key': 'callTranscripts', 'path': '$.callTranscripts[*]', 'is_page': true},
      {'key': 'issues', 'path': '$.issues[*]', 'is_page': true},
      {'key': 'entry', 'path': '$.entry[*].changes[*].value.messages[*]', 'beside': ['object']},
      {'key': 'conversations', 'path': kura.path_of_grok(source, types)},
      {'key': 'conversations', 'path': '$.conversations[*]', 'is_page': true, 'beside': ['pages']},
      {'key': 'results', 'path': '$.results[*]', 'is_page': true, 'beside': ['paging', 'pagination']},
      {'key': 'chats', 'path': kura.path_within(source, types, 'chats', ['list'])},
      {'key': 'hits', 'path': kura.path_within(source, types, 'hits', ['hits'])},
  ] %}
  {% for key in kura.list_keys() %}
    {% do found.append({'key': key, 'path': '$.' ~ key ~ '[*]', 'holds_rows': true}) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- Whether an envelope is there, and rows stand in it. -#}
{% macro is_around_rows(source, types, envelope) %}
  {% set of_page = [
      'object', 'data', 'runs', 'has_more', 'first_id', 'last_id', 'meta', 'cursors', 'next', 'next_cursor', 'next_page', 'total', 'page',
      'limit', 'tickets', 'conversations', 'pages', 'total_count', 'count', 'previous_page', 'links', '_links', '_embedded', 'type', 'results',
      'paging', 'pagination', 'value', 'logs', '@odata.context', '@odata.count', '@odata.nextLink', '@odata.deltaLink', 'nextPageToken',
      'nextToken', 'error', 'reason', 'found_chats', 'next_page_id', 'previous_page_id', '_results', '_pagination', 'expand', 'startAt',
      'maxResults', 'issues', 'isLast', 'requestId', 'request_id', 'success', 'records', 'callTranscripts', 'status', 'code',
      'resource'
  ] %}
  {% set is_there = envelope.key in types and envelope.path is not none %}
  {% set is_alone = not envelope.is_page or not types | reject('in', of_page) | list %}
  {% set is_beside = not envelope.beside or types | select('in', envelope.beside) | list %}
  {{ return(is_there and is_alone and is_beside and (not envelope.holds_rows or kura.holds_rows(source, types, envelope.key))) }}
{% endmacro %}

{#- Where the rows of an API's page stand in its `data`: none where that is an object of its own. -#}
{% macro path_of_data(source, types) %}
  {% if 'data' not in types %}
    {{ return(none) }}
  {% elif kura.any_row(source, "json_extract(raw_json, '$.data.*.*.nodes[*]') <> []", 1000) %}
    {{ return('$.data.*.*.nodes[*]') }}  {# an answer of a GraphQL API #}
  {% endif %}
  {% set within = kura.path_within(source, types, 'data', ['chats', 'conversations', 'messages']) %}
  {{ return(within or ('$.data[*]' if not kura.any_begins(source, types, ['data'], ['{']) else none)) }}
{% endmacro %}

{#-
  The messages of a page of OpenAI's API, which has the newest first unless asked otherwise: without times it shows in who begins and who
  speaks last.
-#}
{% macro oldest_first(held) -%}
  case
      when
          json_extract_string(raw_json, '$.data[0].role') = 'assistant'
          and json_extract_string(raw_json, '$.data[#-1].role') in ('user', 'system', 'developer')
          and not json_exists(raw_json, '$.data[0].created_at')
          then list_reverse({{ held }})
      else {{ held }}
  end
{%- endmacro %}

{#- Where an object at a key holds a list by one of some names: the path to what stands in it, or none. -#}
{% macro path_within(source, types, key, names) %}
  {% for name in names if key in types and kura.any_row(source, "json_type(raw_json, '$." ~ key ~ "." ~ name ~ "') = 'ARRAY'") %}
    {{ return('$.' ~ key ~ '.' ~ name ~ '[*]') }}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- Where Grok's answers and questions stand in its export. -#}
{% macro path_of_grok(source, types) %}
  {% set path = '$.conversations[*].responses[*].response' %}
  {% set is_grok = 'conversations' in types and kura.any_row(source, "json_extract(raw_json, '" ~ path ~ ".sender') <> []") %}
  {{ return(path if is_grok else none) }}
{% endmacro %}

{#-
  The rows of a file in which each conversation is a list of messages and nothing else, as objects that hold it. Where messages say which
  conversation they are of, the list is only what was written at once, and each of them is a row.
-#}
{% macro bare_lists(source) %}
  {% set lists = kura.as_objects(source, 'cast(raw_json as json)') %}
  {% if kura.holds_rows(lists, {'messages': 'json'}, 'messages') %}
    {{ return(kura.items_of(lists, 'messages', "json_extract(raw_json, '$.messages[*]')")) }}
  {% endif %}
  {% set lists = kura.as_objects(source, 'raw_json') %}
  {{ return(lists if kura.columns_of_messages(lists, {'messages': 'json'}) else source) }}
{% endmacro %}

{#- The rows of a file, lists as objects that hold them as their messages. -#}
{% macro as_objects(source, list) %}
  {% set rows %}
    (
      select
          source_name,
          raw_text,
          case when json_type(raw_json) = 'ARRAY' then json_object('messages', {{ list }}) else raw_json end as raw_json
      from {{ source.rows }}
    )
  {% endset %}
  {{ return(dict(source, rows=rows)) }}
{% endmacro %}

{#-
  The rows of a file of which those with something at a place are envelopes: what stands inside is a row, and a list is one that holds
  its messages. Unreadable ones stay, to be rejected.
-#}
{% macro items_of(source, place, items) %}
  {% set rows %}
    (
      select
          source_name,
          cast(item as varchar) as raw_text,
          case when json_type(item) = 'ARRAY' then json_object('messages', item) else item end as raw_json
      from (
          select source_name, unnest({{ items }}) as item
          from {{ source.rows }}
          where json_exists(raw_json, '$.{{ place }}')
      )
      union all
      select source_name, raw_text, raw_json
      from {{ source.rows }}
      where raw_json is null or not json_exists(raw_json, '$.{{ place }}')
    )
  {% endset %}
  {{ return(dict(source, rows=rows)) }}
{% endmacro %}

{#-
  The rows of a file in which one list, whatever it is called and however deep in objects it stands, holds conversations; none where none
  does, or several do.
-#}
{% macro enveloped(source, types) %}
  {% set level = namespace(places=kura.places_below('', types), found=[]) %}
  {% for _ in range(4) if not level.found %}
    {% set found, below = [], [] %}
    {% for place in level.places %}
      {% if kura.holds_rows(source, types, place) %}
        {% do found.append(place) %}
      {% endif %}
    {% endfor %}
    {% for place in level.places if not found %}
      {% do below.extend(kura.places_below(place, kura.keys_at(source, "json_extract(raw_json, '$." ~ place ~ "')", 100))) %}
    {% endfor %}
    {% set level.found, level.places = found, below %}
  {% endfor %}
  {% if level.found | length != 1 %}
    {{ return(none) }}
  {% endif %}
  {% set place = level.found[0] %}
  {{ log("Kura: in kura_input `" ~ source.name ~ "` the rows are what stands in `" ~ place | replace('"', '') ~ "`.", info=true) }}
  {{ return(kura.items_of(source, place, "json_extract(raw_json, '$." ~ place ~ "[*]')")) }}
{% endmacro %}

{#- Paths to the keys of an object at a path; none of one with an id of a conversation, which is no envelope, or with very many keys. -#}
{% macro places_below(path, keys) %}
  {% set found = [] %}
  {% set is_conversation = kura.columns_among(keys, kura.input_formats()['conversations']['columns']['conversation_id']) %}
  {% for key in keys if keys | length < 20 and not is_conversation and '"' not in key and "'" not in key %}
    {% do found.append(path ~ ('.' if path) ~ '"' ~ key ~ '"') %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#-
  Whether a list in the objects of a file holds conversations, or messages that say themselves which they belong to: each is a row then,
  whatever stands around the list. A conversation has its messages there, and its id beside it.
-#}
{% macro holds_rows(source, types, key) %}
  {% set formats = kura.input_formats() %}
  {% set ids = formats['senders']['ids'] | select('string') | list %}
  {% if kura.columns_among(types, formats['conversations']['columns']['conversation_id']) %}
    {{ return(false) }}
  {% endif %}
  {% set held, spelt = [], [] %}
  {% for id in ids %}
    {% do spelt.extend([id, id.split('_')[0] ~ id.split('_')[1:] | map('capitalize') | join]) %}
  {% endfor %}
  {% for sign in spelt + ([] if key == 'messages' else kura.list_signs()) %}
    {% do held.append("json_exists(raw_json, '$." ~ key ~ "[0]." ~ sign ~ "')") %}
  {% endfor %}
  {% if key != 'messages' %}
    {% do held.append(kura.holds_speakers('raw_json', '$.' ~ key ~ '[0]')) %}
    {% do held.append(kura.begins_spoken('raw_json', '$.' ~ key ~ '[0]')) %}
  {% else %}
    {# of Twilio, with all messages of an account #}
    {% do held.append("json_exists(raw_json, '$.messages[0].direction') and json_exists(raw_json, '$.messages[0].to')") %}
  {% endif %}
  {# what says who speaks is itself a message, also with a transcript of what was heard in it #}
  {% set is_message = "json_exists(raw_json, '$." ~ key ~ "[0].transcript') and json_exists(raw_json, '$." ~ key ~ "[0].speaker')" %}
  {{ return(kura.any_row(source, '(' ~ held | join(' or ') ~ ') and not (' ~ is_message ~ ')', 1000)) }}
{% endmacro %}

{#-
  The rows of a file that has its conversations under their ids, as `{"id1": [...], "id2": {"messages": [...]}}`, there or at a path
  into it; none where anything else stands beside them. Unreadable rows stay, to be rejected.
-#}
{% macro keyed_by_id(source, path) %}
  {% set signs = [] %}
  {% for sign in kura.list_signs() %}
    {% do signs.append("json_exists(entry.value, '$." ~ sign ~ "')") %}
  {% endfor %}
  {% do signs.append(kura.holds_speakers('entry.value', '$')) %}
  {% set entries = "(select source_name, json_extract(raw_json, '" ~ path ~ "') as held from " ~ source.rows ~ ") as files,"
      ~ " json_each(files.held) as entry" %}
  {% set is_conversation = "case json_type(entry.value) when 'ARRAY' then " ~ kura.begins_spoken('entry.value', '$')
      ~ " when 'OBJECT' then " ~ signs | join(' or ') ~ " else false end" %}
  {% set counted %}
    select
        count(*),
        count(case when {{ is_conversation }} then 1 end),
        count(case when regexp_matches(entry.key, '[0-9]') then 1 end),
        count(distinct entry.key)
    from {{ entries | replace(source.rows, "(select * from " ~ source.rows ~ " limit 100)") }}
    where json_type(files.held) = 'OBJECT'
  {% endset %}
  {% set total, conversations, numbered, keys = run_query(counted).rows[0] %}
  {# the same words in every object are names of its fields #}
  {% if not total or conversations < total or ((total == 1 or keys < total) and not numbered) %}
    {{ return(none) }}
  {% endif %}
  {% set rows %}
    (
      select
          files.source_name,
          cast(item as varchar) as raw_text,
          item as raw_json
      from (
          select
              files.source_name,
              case json_type(entry.value)
                  when 'ARRAY' then json_object('conversation_id', entry.key, 'messages', entry.value)
                  else json_merge_patch(json_object('conversation_id', entry.key), entry.value)
              end as item
          from {{ entries }}
          where json_type(files.held) = 'OBJECT'
      ) as files
      union all
      select source_name, raw_text, raw_json
      from {{ source.rows }}
      where raw_json is null or json_type(raw_json, '{{ path }}') is distinct from 'OBJECT'
    )
  {% endset %}
  {{ return(dict(source, rows=rows)) }}
{% endmacro %}

{#- Whether an object at a path has a list, whatever it is called, in which somebody speaks. -#}
{% macro holds_speakers(json, path) %}
  {% set found = [] %}
  {% for sign in ['role', 'sender', 'speaker', 'author'] %}
    {% do found.append("json_extract(" ~ json ~ ", '" ~ path ~ ".*[0]." ~ sign ~ "') <> []") %}
  {% endfor %}
  {{ return('(' ~ found | join(' or ') ~ ')') }}
{% endmacro %}

{#- Whether a list at a path begins with somebody who speaks. -#}
{% macro begins_spoken(json, path) %}
  {% set found = [] %}
  {% for sign in ['role', 'from', 'sender', 'speaker', 'author'] %}
    {% do found.append("json_exists(" ~ json ~ ", '" ~ path ~ "[0]." ~ sign ~ "')") %}
  {% endfor %}
  {{ return('(' ~ found | join(' or ') ~ ')') }}
{% endmacro %}

{#- What an object that is a conversation keeps its messages under. -#}
{% macro list_signs() %}
  {{ return([
      'messages', 'chat_messages', 'mapping', 'turns', 'history', 'dialogue', 'dialog', 'utterances', 'transcript', 'conversation_parts',
      'comments', 'thread', 'threads', 'log'
  ]) }}
{% endmacro %}

{#- Where OTLP's files keep attributes as a list, the value of one. Only DuckDB reads files. -#}
{% macro otlp_value(json, column, name) -%}
  list_extract(list_filter(
    from_json(case when json_type({{ json }}, '$."{{ column }}"') = 'ARRAY' then json_extract({{ json }}, '$."{{ column }}"') end,
      '[{"key": "VARCHAR", "value": "JSON"}]'),
    lambda attribute : attribute.key = '{{ name }}'
  ), 1).value ->> '$.stringValue'
{%- endmacro %}

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
    {% if keys and kura.holds_objects_that_differ(source, types, column, held) %}
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

{#-
  Whether what a column holds is mostly objects, and not the same one again and again: some are what people paste into a chat, others what goes
  along with all messages of a conversation.
-#}
{% macro holds_objects_that_differ(source, types, column, json) %}
  {% set is_object = "json_type(" ~ json ~ ") = 'OBJECT'" %}
  {% set counted %}
    select count(held), count(object), count(distinct object)
    from (
        select {{ kura.field_or_null(source, types, column) }} as held, case when {{ is_object }} then cast({{ json }} as varchar) end as object
        from (select * from {{ source.rows }} limit 1000) as first_rows
    ) as objects
  {% endset %}
  {% set held, objects, different = run_query(counted).rows[0] %}
  {{ return(objects * 2 >= held and (objects < 2 or different * 2 > objects)) }}
{% endmacro %}
