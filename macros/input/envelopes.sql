{#- Pages and envelopes of a file: what stands inside is the rows. -#}
{% macro opened(source, types) %}
  {% if not source.is_json %}
    {{ return(source) }}
  {% elif not types %}
    {{ return(kura.bare_lists(source)) }}
  {% endif %}
  {% set page = [
      'object', 'data', 'runs', 'has_more', 'first_id', 'last_id', 'meta', 'cursors', 'next', 'next_cursor', 'next_page', 'total', 'page', 'limit',
      'tickets', 'conversations', 'pages', 'total_count', 'count', 'previous_page', 'links', '_links', '_embedded', 'type', 'results',
      'paging', 'pagination', 'value', 'logs', '@odata.context', '@odata.count', '@odata.nextLink', '@odata.deltaLink', 'nextPageToken',
      'nextToken', 'error', 'reason', 'found_chats', 'next_page_id', 'previous_page_id', '_results', '_pagination', 'expand', 'startAt',
      'maxResults', 'issues', 'isLast', 'requestId', 'records', 'callTranscripts'
  ] %}
  {% set envelopes = {
      'resourceSpans': '$.resourceSpans[*].scopeSpans[*].spans[*]',
      'resourceLogs': '$.resourceLogs[*].scopeLogs[*].logRecords[*]',
      'data': '$.data[*]',
      'runs': '$.runs[*]',
      'traces': '$.traces[*]',
      'observations': '$.trace',
      'tickets': '$.tickets[*]',
      'value': '$.value[*]',
      'logs': '$.logs[*]',
      '_embedded': '$._embedded.conversations[*]',
      '_results': '$._results[*]',
      'callTranscripts': '$.callTranscripts[*]',
      'issues': '$.issues[*]',
      'entry': '$.entry[*].changes[*].value.messages[*]',
  } %}
  {% set lists = ['conversations', 'chats', 'threads', 'sessions', 'messages', 'items', 'results', 'records', 'rows'] %}
  {% for key in lists %}
    {% do envelopes.update({key: '$.' ~ key ~ '[*]'}) %}
  {% endfor %}
  {% set grok = 'conversations' in types and run_query("select 1 as one from " ~ source.rows
      ~ " where json_extract(raw_json, '$.conversations[*].responses[*].response.sender') <> [] limit 1").rows | length > 0 %}
  {% if grok %}
    {% do envelopes.update({'conversations': '$.conversations[*].responses[*].response'}) %}
  {% endif %}
  {# a page may hold its list in an object of its own #}
  {% set within = [['data', 'messages'], ['data', 'conversations'], ['data', 'chats'], ['chats', 'list'], ['hits', 'hits']] %}
  {% for key, inner in within if key in types %}
    {% set is_list = "json_type(raw_json, '$." ~ key ~ "." ~ inner ~ "') = 'ARRAY'" %}
    {% if run_query("select 1 as one from " ~ source.rows ~ " where " ~ is_list ~ " limit 1").rows %}
      {% do envelopes.update({key: '$.' ~ key ~ '.' ~ inner ~ '[*]'}) %}
    {% endif %}
  {% endfor %}
  {% if 'data' in types and run_query("select 1 as one from (select * from " ~ source.rows ~ " limit 1000) as first_rows"
      ~ " where json_extract(raw_json, '$.data.*.*.nodes[*]') <> [] limit 1").rows %}
    {% do envelopes.update({'data': '$.data.*.*.nodes[*]'}) %}  {# an answer of a GraphQL API #}
  {% elif 'data' in types and envelopes['data'] == '$.data[*]' and kura.any_begins(source, types, ['data'], ['{']) %}
    {% do envelopes.pop('data') %}
  {% endif %}
  {% for key in lists if key in types and types | length < 20 %}
    {% set is_object = "json_type(raw_json, '$." ~ key ~ "') = 'OBJECT'" %}
    {% if run_query("select 1 as one from (select * from " ~ source.rows ~ " limit 100) as first_rows where " ~ is_object
        ~ " limit 1").rows %}
      {% set keyed = kura.keyed_by_id(source, '$.' ~ key) if key != 'messages' %}
      {% if keyed %}
        {{ return(keyed) }}
      {% endif %}
    {% endif %}
  {% endfor %}
  {% for key, path in envelopes.items() if key in types %}
    {% set is_page = not types | reject('in', page) | list %}
    {# a line of ShareGPT has nothing but `conversations`, too #}
    {% if (key in ['data', 'runs', 'tickets', 'value', 'logs', '_embedded', '_results', 'callTranscripts', 'issues'] and is_page)
        or (key in ['chats', 'hits'] and path == '$.' ~ key ~ '.' ~ {'chats': 'list'}.get(key, key) ~ '[*]')
        or (key == 'results' and is_page and ('paging' in types or 'pagination' in types))
        or (key == 'conversations' and (grok or (is_page and 'pages' in types)))
        or key in ['resourceSpans', 'resourceLogs'] or (key == 'entry' and 'object' in types) or (key == 'traces' and 'input' not in types) or (key == 'observations' and 'trace' in types)
        or (key in lists and kura.holds_rows(source, types, key)) %}
      {% set held = "json_extract(raw_json, '" ~ path ~ "')" %}
      {{ return(kura.items_of(source, '"' ~ key ~ '"', '[' ~ held ~ ']' if key == 'observations' else held)) }}
    {% endif %}
  {% endfor %}
  {{ return(source) }}
{% endmacro %}

{#- The rows of a file in which each conversation is a list of messages and nothing else, as objects that hold it. -#}
{% macro bare_lists(source) %}
  {% set rows %}
    (
      select
          source_name,
          raw_text,
          case when json_type(raw_json) = 'ARRAY' then json_object('messages', raw_json) else raw_json end as raw_json
      from {{ source.rows }}
    )
  {% endset %}
  {% set lists = dict(source, rows=rows) %}
  {{ return(lists if kura.columns_of_messages(lists, {'messages': 'json'}) else source) }}
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
  {{ return(run_query("select 1 as one from (select * from " ~ source.rows ~ " limit 1000) as first_rows where " ~ held | join(' or ')
      ~ " limit 1").rows | length > 0) }}
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
