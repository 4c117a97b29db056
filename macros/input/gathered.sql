{#-
  The ids and messages of shapes whose conversations may stand in several rows: a call of a model, a trace, a line of a log.
  The id is the first that a row has, the messages are what the parser reads of the row.
-#}
{% macro gathered_fields(source, types, format, columns) %}
  {% set shape = kura.input_formats()[format] %}
  {% set found = {} %}
  {% if 'conversation_id' not in columns %}
    {% set plain = kura.plain_ids(source, types) if format in ['calls', 'senders'] else [] %}
    {% for _, column in kura.columns_among(types, kura.input_formats()['tickets']['ids']) if format == 'calls' and column | lower != 'id' %}
      {# elsewhere it is each call's own #}
      {% do plain.append(column) if kura.has_repeated(source.rows, kura.field_or_null(source, types, column)) else none %}
    {% endfor %}
    {% set own_ids = (plain + kura.ids_held(source, types) + shape['own_ids']) if 'own_ids' in shape else plain %}
    {% set id = kura.first_id(source, types, shape['ids'] + own_ids) %}
    {% set id = kura.slack_channel(source, types) ~ ' || ' ~ id if format == 'slack' else id %}
    {% do found.update({'conversation_id': id}) %}
  {% endif %}
  {% set named = columns.get('messages') %}
  {% if named is string %}
    {{ return(found) }}
  {% endif %}
  {% if named %}
    {% set pairs = kura.joined_places(source, types, named) %}
  {% else %}
    {% set left_out = kura.places_beside_twins(source, types) if format == 'calls' else [] %}
    {% set pairs = kura.part_values(source, types, shape['parts'] | reject('in', left_out) | list) %}
    {% if format == 'batch' %}
      {% do kura.check_one_request(source, types) %}
    {% endif %}
  {% endif %}
  {% if not pairs %}
    {% do exceptions.raise_compiler_error(kura.missing_field(source, types, format, 'messages')) %}
  {% endif %}
  {% set has_ids = found.get('conversation_id') != kura.null_text() %}
  {% if shape['gathers'] == 'calls' and has_ids %}
    {% set ids = [['kura_id', kura.row_ids()], ['kura_parent', kura.parent_ids(format)]] %}
    {% for name, candidates in ids if kura.columns_among(types, candidates) %}
      {% do pairs.append([name, kura.first_id(source, types, candidates)]) %}
    {% endfor %}
    {# ElevenLabs has the time of a call in here #}
    {% set time = columns['created_at'] if kura.has_field(columns, 'created_at')
        else kura.first_id(source, types, [['metadata', 'start_time_unix_secs']]) %}
    {% do pairs.append(['kura_time', time]) if time != kura.null_text() %}
  {% endif %}
  {% if format == 'slack' %}
    {% do pairs.append(['author', kura.first_id(source, types, ['user', 'bot_id', 'username'])]) %}
  {% endif %}
  {% if format == 'senders' and 'created_at' not in pairs | map('first') and kura.has_field(columns, 'created_at') %}
    {% do pairs.append(['created_at', columns['created_at']]) %}
  {% endif %}
  {% set messages = kura.json_to_text(kura.json_object(pairs)) %}
  {% if source.is_json %}
    {% set messages = "case when raw_json is not null then " ~ messages ~ " end" %}
  {% endif %}
  {% do found.update({'messages': messages}) %}
  {% if format == 'spans' and not named and 'conversation_id' in found %}
    {# a span of something else belongs to no conversation #}
    {% do found.update({'conversation_id': 'case when ' ~ kura.speaks_of_messages(messages) ~ ' then ' ~ found['conversation_id'] ~ ' end'}) %}
  {% endif %}
  {{ return(found) }}
{% endmacro %}

{#-
  Where the columns for what goes along with a call hold an id of a conversation, whatever stands before its name there
  (`Helicone-Session-Id`, `mlflow.trace.session`).
-#}
{% macro ids_held(source, types) %}
  {% set found = [] %}
  {% set holders = ['metadata', 'properties', 'request_properties', 'trace_metadata', 'request_metadata', 'custom_metadata', 'tags'] %}
  {% for _, column in kura.columns_among(types, holders) %}
    {% set keys = kura.keys_at(source, kura.column_json(source, column, types[column]), 1000) %}
    {% for kind in ['conversation', 'chat', 'thread', 'session'] %}
      {% for key in keys %}
        {% set words = modules.re.sub('([a-z])([A-Z])', '\\1_\\2', key) | lower %}
        {% if modules.re.search('(^|[^a-z])' ~ kind ~ '([-_. ]?id)?$', words) and not modules.re.search('prev|parent|last|root', words) %}
          {% do found.append([column, key]) %}
        {% endif %}
      {% endfor %}
    {% endfor %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- What comes before the time of a thread, which no other thread of a channel has: in Slack's exports a folder is a channel. -#}
{% macro slack_channel(source, types) %}
  {% set folder = ", nullif(regexp_extract(source_name, '([^/]+)/[^/]+$', 1), '')" if source.is_json else '' %}
  {{ return("coalesce(coalesce(" ~ kura.first_id(source, types, ['channel_id', 'channel']) ~ folder ~ ", null) || '-', '')") }}
{% endmacro %}

{#- The first of some columns, or paths as lists of steps, that holds something. -#}
{% macro first_id(source, types, candidates) %}
  {% set found = [] %}
  {% for candidate in candidates %}
    {% set steps = [candidate] if candidate is string else candidate %}
    {% for _, column in kura.columns_among(types, steps[:1]) %}
      {% set place = {'column': column, 'steps': steps[1:]} %}
      {% do found.append(kura.told_id("nullif(trim(" ~ kura.place_text(source, types, place) ~ "), '')")) %}
      {% if source.is_json and steps[0] == 'attributes' %}
        {% do found.append("nullif(trim(" ~ kura.otlp_value('raw_json', column, steps[1]) ~ "), '')") %}
      {% endif %}
    {% endfor %}
  {% endfor %}
  {{ return("coalesce(" ~ found | join(', ') ~ ", null)" if found else kura.null_text()) }}
{% endmacro %}

{#-
  What was asked must stand in one place, and so must the answer. Where one question and one answer are called alike, they belong
  together, and what stands beside them is something else: the names of the other places, to be left out.
-#}
{% macro places_beside_twins(source, types) %}
  {% set twins = [
      ['input', 'output'], ['inputs', 'outputs'], ['request', 'response'], ['request_body', 'response_body'], ['prompt', 'completion'],
      ['request_payload', 'response_payload'],
      ['question', 'answer'], ['query', 'answer'], ['prompt', 'answer']
  ] %}
  {% set asked = kura.columns_among(types, kura.asked_columns()) %}
  {% set answered = kura.columns_among(types, kura.answered_columns()) %}
  {% set names, found = [], [] %}
  {% for name, _ in asked + answered %}
    {% do names.append(kura.place_name(name)) %}
  {% endfor %}
  {% for twin in twins if twin[0] in names and twin[1] in names %}
    {% do found.append(twin) %}
  {% endfor %}
  {% if found | length == 1 and 'messages' not in names %}
    {% set beside = [] %}
    {% for name, _ in asked + answered if kura.place_name(name) not in found[0] %}
      {% do beside.append(name) %}
    {% endfor %}
    {{ return(beside) }}
  {% endif %}
  {% for what, places in [['asked', asked], ['answered', answered]] %}
    {% set columns, called = places | map(attribute=1) | list, [] %}
    {% for name, _ in places %}
      {% do called.append(kura.place_name(name)) %}
    {% endfor %}
    {% if called | unique | list | length > 1 %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` can be read in several ways: what was " ~ what ~ " may stand in " ~ columns | join(' or in ')
          ~ ". Say where the messages are, in their order, with `kura_columns: {messages: [" ~ columns[0] ~ ", ...]}`"
          ~ (", or, if `messages` holds all of them, with `kura_input_format: conversations`" if "messages" in columns) ~ ".") %}
    {% endif %}
  {% endfor %}
  {{ return([]) }}
{% endmacro %}

{#- Where some calls are kept whole and others as what was sent, two columns are one place. -#}
{% macro place_name(name) %}
  {{ return({
      'backend_request_body': 'request_body', 'backend_response_body': 'response_body', 'full_request': 'request_payload',
      'full_response': 'response_payload', 'request_messages': 'messages', 'response_messages': 'output',
      'prompt_messages': 'messages', 'completion_message': 'output', 'prompt_response': 'output'
  }.get(name, name)) }}
{% endmacro %}

{#- A custom_id must stand for one request: the next batch may count from 1 again, and then answers can't be told apart. -#}
{% macro check_one_request(source, types) %}
  {% set request = kura.columns_among(types, ['body', 'params']) | first %}
  {% if request %}
    {% set repeated %}
      select count(*) from (
          select custom_id
          from (
              select
                  {{ kura.first_id(source, types, ['custom_id']) }} as custom_id,
                  {{ kura.place_text(source, types, {'column': request[1], 'steps': []}) }} as request
              from {{ source.rows }}
          ) as requests
          where request is not null
          group by custom_id
          having count(distinct request) > 1
      ) as repeated
    {% endset %}
    {% set count = run_query(repeated).rows[0][0] %}
    {% if count %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` holds several batches: " ~ count ~ " values of custom_id stand for more than one request, so that"
          ~ " nothing says which answer belongs to which. Read the two files of one batch at a time, or join them beforehand into rows"
          ~ " with an id of their own, body and response.") %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#-
  The CTEs up to `gathered`: the rows of a conversation as one, in the order of their times. Its other columns are those of its
  first row, its attributes those of its last. Where rows stand alone, one without an id is a conversation of its own;
  others without one stay as they are.
-#}
{% macro gathered_conversations(fields, format) %}
{%- set shape = kura.input_formats()[format] -%}
timed_rows as (

    select
        {% if shape['alone'] -%}
        * exclude (conversation_id),
        case
            when nullif(trim(conversation_id), '') is not null then conversation_id
            when not is_unreadable then {{ kura.id_of_what_is_said("coalesce(messages, '')") }}
        end as conversation_id,
        {%- else -%}
        *,
        {%- endif %}
        {{ kura.as_timestamp('created_at') }} as row_sent_at
    from {{ fields }}

),

placed_rows as (

    -- one without a time stands after those before it
    select
        *,
        coalesce(
            row_sent_at,
            max(row_sent_at) over (partition by conversation_id order by source_row rows between unbounded preceding and current row)
        ) as placed_at
    from timed_rows

),

ordered_rows as (

    select
        * exclude (row_sent_at, placed_at, attributes),
        last_value(attributes) over (
            partition by conversation_id
            order by placed_at nulls first, try_cast(message_number as double) nulls last, source_row
            rows between unbounded preceding and unbounded following
        ) as attributes,
        row_number() over (
            partition by conversation_id
            order by placed_at nulls first, try_cast(message_number as double) nulls last, source_row
        ) as row_in_conversation
    from placed_rows

),

joined_rows as (

    select
        conversation_id as gathered_id,
        {{ dbt.listagg("coalesce(messages, 'null')", "','", "order by row_in_conversation") }} as gathered_messages
    from ordered_rows
    where conversation_id is not null
    group by conversation_id

),

gathered as (

    select
        ordered_rows.* exclude (messages, row_in_conversation),
        '{"kura_{{ shape['gathers'] }}":[' || coalesce(joined_rows.gathered_messages, ordered_rows.messages, 'null') || ']}' as messages
    from ordered_rows
    left join joined_rows on ordered_rows.conversation_id = joined_rows.gathered_id
    where ordered_rows.conversation_id is null or ordered_rows.row_in_conversation = 1

),
{% endmacro %}
