{#-
  What the staging model reads: where the rows come from, which shape they have and which column holds which field.
  Returns {name, rows, format, columns, attributes}: `rows` is a from-clause, `columns` maps a field to an expression (text) or
  none, `attributes` the name of a column that goes along to an expression (JSON).
  Raises a compiler error that names the input, the column and the remedy.
-#}
{% macro input() %}
  {% if var('kura_input', none) is none %}
    {% set relation = ref('kura_sample_messages') %}
    {% set source = {'name': 'the bundled sample', 'rows': relation | string, 'is_json': false} %}
    {% set types = {} %}
    {% for column in ['conversation_id', 'message_id', 'user_id', 'created_at', 'role', 'content'] %}
      {% do types.update({kura.stored_name(column): 'timestamp' if column == 'created_at' else 'text'}) %}
    {% endfor %}
    {{ return(kura.described_input(source, types, 'messages', kura.named_places(source, types))) }}
  {% endif %}
  {% set name = var('kura_input') %}
  {% if not execute %}
    {{ return({'name': name, 'rows': name, 'format': 'messages', 'columns': {}, 'attributes': {}}) }}
  {% endif %}
  {% set source = kura.input_file(name) if kura.is_file(name) else kura.input_relation(name) %}
  {% set types = kura.input_columns(source) %}
  {% set source = kura.without_deleted(source, types) %}
  {% set opened = kura.opened(source, types) %}
  {% if opened.rows != source.rows %}
    {% set source, types = opened, kura.input_columns(opened) %}
  {% endif %}
  {% do kura.check_not_empty(source, types) %}
  {% if source.is_json and 'filename' not in types and var('kura_columns').get('conversation_id') == 'filename' %}
    {% do types.update({'filename': 'file'}) %}
  {% endif %}
  {# before a shape is looked for: a slip in a name would hide it #}
  {% set places = kura.named_places(source, types) %}
  {% set format = var('kura_input_format') %}
  {% if format == 'auto' %}
    {% set format = kura.recognised_format(source, types) %}
    {% set is_unknown = not format and source.is_json and not var('kura_columns') %}
    {% set keyed = (kura.keyed_by_id(source, '$') or kura.enveloped(source, types)) if is_unknown else none %}
    {% if keyed %}
      {% set source, types = keyed, kura.input_columns(keyed) %}
      {% set format = kura.recognised_format(source, types) %}
    {% endif %}
    {% if not format and not var('kura_columns') %}
      {% set inner = kura.unwrapped(source, types) %}
      {% if inner %}
        {% set source, types, format = inner.source, inner.types, inner.format %}
      {% endif %}
    {% endif %}
    {% set turn = kura.question_and_answer(source, types) if not format and not var('kura_columns').get('messages') else none %}
    {% if turn %}
      {% set format = 'calls' %}
      {% do places.update({'messages': turn}) %}
    {% endif %}
    {% set likely = kura.likely_columns(source, types) if not format else none %}
    {% if likely %}
      {% set format = likely.format %}
      {% do places.update(likely.places) %}
    {% endif %}
    {% if not format and source.is_untyped and types | length == 1 and modules.re.search('[,;|\t]', types | first) %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ name ~ "` can't be read as CSV: its first line names several columns, but others have more or fewer, or hold"
          ~ ' quotes that are not doubled. A text with a comma, a quote or a line break stands in double quotes, and a quote in it is'
          ~ ' written twice ("") or, in all of the file, behind a backslash.') %}
    {% elif not format %}
      {% set shown = (types | list)[:40] | map('truncate', 60) | join(', ') ~ (', and ' ~ (types | length - 40) ~ ' more' if types | length > 40 else '') %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ name ~ "` has the columns " ~ shown ~ ", and no known shape has those. Name your columns with"
          ~ " `kura_columns`, e.g. {conversation_id: ..., role: ..., content: ...}, where a name may be a path into what a column holds"
          ~ " (properties.session.id), or {messages: [...]} with the places of what was asked and what was answered; or, if each row is"
          ~ " what one person said by itself (a request, a ticket, an answer in a survey), set `kura_input_format: texts`;"
          ~ " docs/inputs.md shows every shape.") %}
    {% endif %}
  {% endif %}
  {{ return(kura.described_input(source, types, format, places)) }}
{% endmacro %}

{#- Without the rows of which a connector says that they are gone from where it got them, or are no more as they were. -#}
{% macro without_deleted(source, types) %}
  {% set kept = [] %}
  {% for column, type in types.items() %}
    {% set held = kura.input_field(source, column, type) %}
    {% if column | lower in ['_fivetran_deleted', '__deleted'] %}
      {% do kept.append("coalesce(lower(" ~ held ~ "), 'false') not in ('true', '1')") %}
    {% elif column | lower == '_fivetran_active' %}
      {% do kept.append("coalesce(lower(" ~ held ~ "), 'true') not in ('false', '0')") %}
    {% elif column | lower in ['_ab_cdc_deleted_at', '_sdc_deleted_at'] %}
      {% do kept.append("nullif(" ~ held ~ ", '') is null") %}
    {% endif %}
  {% endfor %}
  {% if not kept %}
    {{ return(source) }}
  {% endif %}
  {{ log("Kura: rows of kura_input `" ~ source.name ~ "` that a connector has marked as deleted or as no longer true are left out.",
      info=true) }}
  {{ return(dict(source, rows="(select * from " ~ source.rows ~ " where " ~ kept | join(' and ') ~ ")", is_query=true)) }}
{% endmacro %}

{#- Stops on a file that has no columns to speak of: a table, or a CSV file with a header, has them without any row, too. -#}
{% macro check_not_empty(source, types) %}
  {% if (source.is_json and not types) or (source.is_untyped and types | list == ['column0']) %}
    {% set held = "case when trim(raw_text) not in ('', '[]', '{}', 'null') then 1 end" if source.is_json else '*' %}
    {% if run_query('select count(' ~ held ~ ') from ' ~ source.rows).rows[0][0] == 0 %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` is empty: there is nothing in it to read, and nothing of what was built before is changed. Look at what"
          ~ " writes it, and run this again when there is something.") %}
    {% elif source.is_json %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` holds no JSON object with a key, as messages and conversations are (docs/inputs.md shows every"
          ~ " shape). Is it a file of another kind?") %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#-
  Everything is a relation that is not clearly a file: a path, a glob, a URL, or a name that has the ending of one and is no table.
  What `source()` and `ref()` become is a relation, too, or a query in brackets (`--empty`, `--sample`); of a source with an
  `external_location` it is a call of a reader or the name of a file in quotes.
-#}
{% macro is_file(name) %}
  {% if name.startswith("'") %}
    {{ return(true) }}
  {% elif kura.is_query(name) or name.startswith('"') or name.startswith('`') %}
    {{ return(false) }}
  {% elif '/' in name or '*' in name %}
    {{ return(true) }}
  {% endif %}
  {% set endings = ['jsonl', 'ndjson', 'json', 'csv', 'tsv', 'parquet', 'txt', 'vtt', 'srt', 'gz', 'zst', 'zip'] %}
  {{ return((name.split('.') | last | lower) in endings and not kura.named_relation(name)) }}
{% endmacro %}

{#- Whether it can stand after `from` as it is: a query in brackets, or a call of a reader. -#}
{% macro is_query(name) %}
  {{ return(name.startswith('(') or modules.re.match('\\w+\\s*\\(.*\\)$', name, modules.re.DOTALL) is not none) }}
{% endmacro %}

{#- The parts of a relation's name, without quotes. -#}
{% macro name_parts(name) %}
  {% set parts = [] %}
  {% for quoted, back_quoted, plain in modules.re.findall('"([^"]+)"|`([^`]+)`|([^."`]+)', name) %}
    {% do parts.append(quoted or back_quoted or plain) %}
  {% endfor %}
  {{ return(parts) }}
{% endmacro %}

{#- The table or view of a name of one to three parts, or none. -#}
{% macro named_relation(name) %}
  {% set parts = kura.name_parts(name) %}
  {% if parts | length not in [1, 2, 3] %}
    {{ return(none) }}
  {% endif %}
  {{ return(adapter.get_relation(
      database=parts[-3] if parts | length > 2 else target.database,
      schema=parts[-2] if parts | length > 1 else target.schema,
      identifier=parts[-1])) }}
{% endmacro %}

{% macro input_relation(name) %}
  {% if kura.is_query(name) %}
    {% do kura.check_query(name) %}
    {{ return({'name': kura.query_shown(name), 'rows': name, 'is_json': false, 'is_query': true}) }}
  {% elif '__dbt__cte__' in name %}
    {% do exceptions.raise_compiler_error(
        "kura_input is the ephemeral model `" ~ name | replace('__dbt__cte__', '') ~ "`, and Kura has to see its columns before dbt"
        ~ " puts it into a query. Make it a view or a table.") %}
  {% endif %}
  {% set relation = kura.named_relation(name) %}
  {% set unordered = kura.model_not_waited_for(name) %}
  {% set hint = "It is the table of your model " ~ unordered ~ ". Say kura_input: \"{{ ref('" ~ unordered ~ "') }}\", so that dbt makes it first." %}
  {% if not relation %}
    {% do exceptions.raise_compiler_error(
        "kura_input `" ~ name ~ "`: there is no such table or view in " ~ target.database ~ ". " ~ (hint if unordered else "Give schema.table"
        ~ " (or database.schema.table), or on DuckDB a file ending with .jsonl, .json, .csv or .parquet.")) %}
  {% elif unordered %}
    {% do exceptions.warn("kura_input `" ~ name ~ "`: dbt may read it before it is made anew. " ~ hint) %}
  {% endif %}
  {{ return({'name': name, 'rows': relation | string, 'is_json': false}) }}
{% endmacro %}

{#- The model, seed or snapshot of this project that makes a relation, if dbt doesn't know that it has to come first. -#}
{% macro model_not_waited_for(name) %}
  {% set named = kura.name_parts(name | lower) %}
  {% set whole = ([target.database, target.schema] | map('lower') | list)[:3 - named | length] + named %}
  {% for node in graph.nodes.values() if node.relation_name and node.unique_id not in model.depends_on.nodes %}
    {% if kura.name_parts(node.relation_name | lower) == whole %}
      {{ return(node.name) }}
    {% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- Under which name a query's rows stand: that of what dbt has put after its `from`, without the signature that a URL may carry. -#}
{% macro query_shown(query) %}
  {% set inner = modules.re.search('^\\(select \\* from (.+?)( where .*| limit .*)?\\)', query, modules.re.DOTALL) %}
  {{ return(modules.re.sub("[?][^']*", '', (inner.group(1) if inner else query) | trim)) }}
{% endmacro %}

{#-
  The expressions of the fields that there are, those that order the input first. What was said at one time is in no order of its own:
  then an answer comes after its question.
-#}
{% macro fields_in_order(columns) %}
  {% set found = [] %}
  {% set fields = [
      'conversation_id', 'created_at', 'message_number', 'answers', 'updated_at', 'message_id', 'role', 'content', 'user_id', 'metadata',
      'messages'
  ] %}
  {% set role = columns.get('role', 'cast(null') %}
  {% set told = columns if role.startswith('cast(null') else dict(columns, answers="case when " ~ kura.role_name(role)
      ~ " in ('assistant', 'tool') then '1' else '0' end") %}
  {% for field in fields if told.get(field) and not told[field].startswith('cast(null') %}
    {% do found.append(told[field]) %}
  {% endfor %}
  {{ return(found or ['1']) }}
{% endmacro %}

{#- Finds the column of every field that has no named places; a field that is required and missing is an error. -#}
{% macro described_input(source, types, format, places) %}
  {% set shape = kura.input_formats()[format] %}
  {% set shared = {
      'created_at': ['created_at', 'create_time', 'created', 'timestamp', 'timestamp_ms', 'sent_at', 'sent_on', 'created_on', 'message_time',
          'start_time', 'date_created', 'created_date', 'creation_date', 'started_at', 'datetime', 'tstamp', 'sent_time', 'posted_at',
          'event_time', 'event_timestamp', 'entry_time', 'message_date', 'request_timestamp', 'created_datetime', 'sent_datetime', 'logging_time', 'TimeGenerated',
          'date', 'ts', 'time', 'inserted_at', 'create_at',
          'created_utc', 'erstellt_am', 'gesendet_am', 'zeitstempel', 'zeitpunkt', 'datum', 'zeit',
          'fecha_hora', 'fecha_envio', 'fecha_de_envío', 'fecha_creacion', 'enviado_en', 'creado_en', 'fecha', 'horodatage',
          'date_heure', 'date_envoi', 'date_creation',
          'envoye_le', 'cree_le', 'data_hora', 'data_envio', 'enviado_em', 'criado_em', 'data_criacao', 'data_ora', 'data_invio',
          'verzonden_op', 'aangemaakt_op', 'sys_created_on', 'created_time', 'fecha_y_hora', 'date_d_envoi', 'date_et_heure', 'data_e_hora',
          'data_e_ora', 'дата', 'дата_и_время', 'время', '日時', '送信日時', '作成日時', '時刻', '时间', '時間', '发送时间', '创建时间', '日期', '시간', '일시',
          '날짜', 'tarih', 'tarih_saat', 'zaman', 'data_i_godzina', 'czas', 'tidpunkt', 'tidspunkt', 'čas', 'дата_й_час', 'час', 'wann'],
      'updated_at': ['updated_at', 'update_time', 'updated', 'modified_at', 'last_modified', 'lastModifiedDateTime', 'saved_at'],
      'user_id': ['user_id', 'customer_id'],
      'message_number': ['message_number', 'message_index', 'turn_number', 'turn_index', 'turn', 'sequence_number', 'sequence', 'seq',
          'message_no', 'message_num', 'message_order', 'msg_no', 'msg_index', 'turn_no', 'turn_id', 'sequence_no', 'seq_no', 'position',
          'ordinal', 'order_index', 'sort_order', 'line_number', 'step', 'index', 'idx'],
  } %}
  {% set columns = {} %}
  {% for field in kura.input_fields() %}
    {% set named = var('kura_columns').get(field) or places.get(field) %}
    {% set names = shape['columns'].get(field, []) + shared.get(field, [field]) %}
    {% set names = names + kura.time_names(types) if field == 'created_at' else names %}
    {% set candidates = kura.columns_among(types, names) %}
    {% set _, found = candidates | first | default([none, none]) %}
    {% set is_untold_time = field == 'created_at' and not found and not named and 'content' in shape['required'] %}
    {% set found = kura.time_by_values(source, types) if is_untold_time and kura.is_run() else found %}
    {% set is_inside = field == 'conversation_id' and not named and not found and 'gathers' not in shape %}
    {% set inside = kura.id_inside(source, types) if is_inside else none %}
    {% set found = found or (kura.plain_ids(source, types) | first if is_inside and not inside and 'role' in shape['required'] else none) %}
    {% set numbers = kura.numbers_of_two(source, types) if is_inside and not found and not inside and format == 'messages' else none %}
    {% if named %}
      {% if named is not string and named | length > 1 and 'gathers' not in shape %}
        {% do exceptions.raise_compiler_error(
            "kura_columns gives several places for `messages`, which needs `kura_input_format` auto or calls, not " ~ format ~ ".") %}
      {% endif %}
      {% set is_one = places[field] | length == 1 and 'gathers' not in shape %}
      {% do columns.update({field: kura.place_text(source, types, places[field][0]) if named is string or is_one else places[field]}) %}
    {% elif field == 'conversation_id' and 'in_files' in shape and source.is_json and not kura.columns_among(types, shape['ids']) %}
      {% do columns.update({field: 'source_name'}) %}
    {% elif 'gathers' in shape and field in ['conversation_id', 'messages'] %}
      {# below, when all others are known #}
    {% elif found %}
      {% set beside = kura.day_and_clock(types) if field == 'created_at' else [] %}
      {% set held = kura.input_field(source, found, types[found]) %}
      {% if found in beside %}
        {% set day = kura.input_field(source, beside[0], types[beside[0]]) %}
        {% set clock = kura.input_field(source, beside[1], types[beside[1]]) %}
        {% set is_whole = clock ~ " is not null and not " ~ kura.matches_fully('trim(' ~ clock ~ ')', '[0-9]{1,2}:[0-9].*') %}
        {% set held = "case when " ~ day ~ " like '%:%' then " ~ day ~ " when " ~ is_whole ~ " then " ~ clock
            ~ " else " ~ day ~ " || coalesce(' ' || " ~ clock ~ ", '') end" %}
      {% elif field == 'created_at' and candidates | length > 1 %}
        {# files of a glob may call it otherwise #}
        {% set other = candidates[1][1] %}
        {% set held = 'coalesce(' ~ held ~ ', ' ~ kura.input_field(source, other, types[other]) ~ ')' %}
      {% elif field in ['conversation_id', 'role', 'content', 'messages'] and candidates | length > 1 and source.has_several %}
        {% set held = kura.called_otherwise(source, types, candidates | map(attribute=1) | list) %}
      {% endif %}
      {% do columns.update({field: held}) %}
    {% elif inside %}
      {% do columns.update({field: kura.place_text(source, types, inside)}) %}
    {% elif field == 'conversation_id' and format == 'messages' and kura.replies(source, types) %}
      {% do columns.update({field: 'cast(null as ' ~ dbt.type_string() ~ ')'}) %}  {# told below by what each replies to #}
    {% elif numbers %}
      {% do columns.update({field: numbers}) %}
    {% elif field in shape['required'] %}
      {% do exceptions.raise_compiler_error(kura.missing_field(source, types, format, field)) %}
    {% else %}
      {% do columns.update({field: 'cast(null as ' ~ dbt.type_string() ~ ')'}) %}
    {% endif %}
    {% if field in ['conversation_id', 'user_id'] and field in columns and not columns[field].startswith('cast(null') %}
      {% do columns.update({field: kura.told_id(columns[field])}) %}
    {% endif %}
  {% endfor %}
  {% set has_tools = 'role' in shape['required'] and kura.has_tool_columns(source, types) %}
  {% if 'role' in shape['required'] %}
    {% if not kura.columns_among(types, ['role']) and kura.is_dialogue_system(source, columns['role']) %}
      {% set answers = "case when lower(trim(" ~ columns['role'] ~ ")) = 'system' then 'assistant' else " ~ columns['role'] ~ " end" %}
      {% do columns.update({'role': answers}) %}
    {% endif %}
    {% do columns.update({'role': kura.role_or_note(source, types, columns)}) %}
  {% endif %}
  {% if 'gathers' in shape %}
    {% do columns.update(kura.gathered_fields(source, types, format, columns)) %}
  {% elif 'speaker' in shape %}
    {% do columns.update({'role': kura.quoted(shape['speaker'])}) %}
  {% elif has_tools %}
    {% do columns.update({'content': kura.content_with_tools(source, types, columns)}) %}
  {% elif format == 'chatgpt' and source.is_json %}
    {# the path through the tree of messages ends at `current_node`, which stands beside `mapping` #}
    {% do columns.update({'messages': 'raw_json'}) %}
  {% endif %}
  {% set previous = kura.columns_among(types, ['previous_response_id']) | first if format == 'calls' else none %}
  {% set own = kura.columns_among(types, ['response_id', 'id']) | first %}
  {% set is_chained = previous and own and not var('kura_columns').get('conversation_id')
      and not kura.letters(types) | select('in', kura.letters(shape['ids'] | select('string') | list + ['conversation'])) | list %}
  {% if format in ['messages', 'senders'] and columns['conversation_id'].startswith('cast(null') %}
    {% set own, previous = kura.replies(source, types) or [none, none] %}
    {% set is_chained = own is not none %}
  {% endif %}
  {% if is_chained %}
    {% do columns.update({'conversation_id': 'chain_id'}) %}
  {% endif %}
  {% set makes_ids = 'conversation_id' in columns and columns['conversation_id'].startswith('cast(null') %}
  {% if makes_ids %}
    {{ log("Kura: kura_input `" ~ source.name ~ "` has no column for conversation ids, so ids are made of what is said."
        ~ (" If each file is a conversation: kura_columns: {conversation_id: filename}." if source.is_file), info=true) }}
  {% endif %}
  {% if 'content' in shape['required'] and columns['created_at'].startswith('cast(null') %}
    {{ log("Kura: kura_input `" ~ source.name ~ "` has no column for times that Kura knows, so nothing is told of trends. If there is one,"
        ~ " name it with kura_columns: {created_at: your_column}.", info=true) }}
  {% endif %}
  {% set rows = kura.input_where(source, types) %}
  {% set links = none %}
  {% if is_chained %}
    {% set links = [kura.field_or_null(source, types, own[1]), kura.field_or_null(source, types, previous[1])] %}
  {% elif format == 'messages' %}
    {% set links = kura.links(source, types, columns) %}
  {% endif %}
  {% if links %}
    {% set rows = kura.chained(rows, links[0], links[1]) %}
    {% if columns['message_number'].startswith('cast(null') %}
      {% do columns.update({'message_number': 'cast(chain_place as ' ~ dbt.type_string() ~ ')'}) %}
    {% endif %}
  {% endif %}
  {{ return({
      'name': source.name, 'rows': rows, 'is_json': source.is_json, 'format': format, 'columns': columns,
      'attributes': kura.passthrough_columns(source, types), 'makes_ids': makes_ids,
      'gathers': none if makes_ids else shape.get('gathers'),
      'has_repeated': 'gathers' not in shape and not makes_ids and 'messages' in shape['required']
          and kura.is_run() and kura.has_repeated(rows, columns['conversation_id']),
      'order': kura.texts_of_columns(source, types) if ('gathers' in shape or has_tools) and not source.is_json else none,
  }) }}
{% endmacro %}

{#- The first of some columns, or the next ones where files call it so: then no row has a value in that and in the first. -#}
{% macro called_otherwise(source, types, columns) %}
  {% set found = [] %}
  {% for column in columns %}
    {% set held = kura.field_or_null(source, types, column) %}
    {% set both = "select 1 as one from " ~ source.rows ~ " where " ~ held ~ " is not null" %}
    {% if not found or not run_query(both ~ " and " ~ found[0] ~ " is not null limit 1").rows %}
      {% do found.append(held) %}
    {% endif %}
  {% endfor %}
  {{ return('coalesce(' ~ found | join(', ') ~ ')' if found | length > 1 else kura.input_field(source, columns[0], types[columns[0]])) }}
{% endmacro %}

{#- The columns that hold the day and the clock of a message, where two do; an empty list where not. -#}
{% macro day_and_clock(types) %}
  {% set day = kura.columns_among(types, [
      'date', 'day', 'message_date', 'msg_date', 'sent_date', 'datum', 'fecha', 'jour', 'дата', '日付', '日期', '날짜'
  ]) | first %}
  {% set clock = kura.columns_among(types, [
      'time', 'message_time', 'msg_time', 'sent_time', 'uhrzeit', 'zeit', 'hora', 'heure', 'ora', 'tijd', 'время', '時刻', '时间',
      '時間', '시간'
  ]) | first %}
  {{ return([day[1], clock[1]] if day and clock else []) }}
{% endmacro %}

{#-
  The first column, of those whose name may mean the time of a message but something else, too, that holds nothing but times; none where none
  does. That a message was changed is the last that tells when it was said.
-#}
{% macro time_by_values(source, types) %}
  {% set names = [
      'sent', 'message_sent', 'when', 'received', 'posted', 'data', 'dt', 'epoch', 'unixtime', 'unix_time', 'at', 'day', 'edited', 'edited_at',
      'modified', 'modified_at', 'modified_on', 'last_updated', 'last_modified', 'updated', 'updated_at', 'updated_on', 'update_time', 'index'
  ] %}
  {% for _, column in kura.columns_among(types, names) %}
    {% set held = kura.input_field(source, column, types[column]) %}
    {% set told %}
      select count(nullif(trim(held), '')), count(case when {{ kura.is_plausible('told') }} then 1 end)
      from (
          select held, {{ kura.as_timestamp('held') }} as told
          from (select {{ held }} as held from {{ source.rows }} limit 1000) as first_rows
      ) as times
    {% endset %}
    {% set filled, times = run_query(told).rows[0] %}
    {% if filled and filled == times %}
      {{ log("Kura: `" ~ column ~ "` of kura_input `" ~ source.name ~ "` is taken for the time of a message, as it holds nothing but times. If"
          ~ " another is, name it with kura_columns: {created_at: your_column}.", info=true) }}
      {{ return(column) }}
    {% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#-
  Where messages go from one number or address to another, and a direction says whose is ours (SMS), both as an id, which is hashed as those of
  people are; none elsewhere.
-#}
{% macro numbers_of_two(source, types) %}
  {% set found = [] %}
  {% for names in [['from', 'from_number'], ['to', 'to_number'], ['direction']] %}
    {% for _, column in kura.columns_among(types, names)[:1] %}
      {% do found.append("coalesce(" ~ kura.field_or_null(source, types, column) ~ ", '')") %}
    {% endfor %}
  {% endfor %}
  {% if found | length < 3 %}
    {{ return(none) }}
  {% endif %}
  {{ log("Kura: in kura_input `" ~ source.name ~ "` all messages between two numbers or addresses are a conversation. If they are long, give each its own"
      ~ " id in a view.", info=true) }}
  {{ return("'tel:' || least(" ~ found[0] ~ ", " ~ found[1] ~ ") || ' ' || greatest(" ~ found[0] ~ ", " ~ found[1] ~ ")") }}
{% endmacro %}

{#- Where no column has a conversation's id, the place in one that holds what the conversation is: `channel.id`, or none. -#}
{% macro id_inside(source, types) %}
  {% set holders = [['conversation'], ['chat'], ['thread'], ['session'], ['ticket'], ['relationships', 'conversation', 'data']] %}
  {% if 'guild' in types %}
    {# Discord's; elsewhere a channel is chat or mail #}
    {% do holders.append(['channel']) %}
  {% endif %}
  {% for holder in holders %}
    {% for _, column in kura.columns_among(types, holder[:1]) %}
      {% set json = kura.json_at(kura.column_json(source, column, types[column]), holder[1:]) %}
      {% set keys = kura.keys_at(source, json, 1000) %}
      {% for key in ['id', 'conversation_id', 'conversationId', 'chat_id', 'thread_id', 'session_id', 'uuid'] if key in keys %}
        {{ return({'column': column, 'steps': holder[1:] + [key]}) }}
      {% endfor %}
    {% endfor %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#-
  The columns that are called as what they tell apart, if with other words beside it (`wa_conversation_key`), and hold what may be an id:
  short, and neither an object nor a list. Of several with other words none is taken.
-#}
{% macro plain_ids(source, types) %}
  {% set found, others = [], [] %}
  {% set ending = '(conversation|chat|thread|session|ticket|case|dialog|dialogue)s?(id|uuid|guid|key|ref|sid|no|nr|number)$' %}
  {% for column, letters in zip(types, kura.letters(types)) %}
    {% if modules.re.search(ending, letters) and not modules.re.search('prev|parent|last|root', letters) %}
      {% do others.append(column) %}
    {% endif %}
  {% endfor %}
  {% set plain = kura.columns_among(types, [
      'conversation', 'session', 'chat', 'conv', 'convo', 'dialog', 'dialogue', 'ticket', 'case', 'gespräch', 'gespraech', 'unterhaltung', 'sitzung', 'vorgang',
      'conversación', 'conversacion', 'conversa', 'conversazione', 'gesprek', '会話', '会话', '대화', 'диалог'
  ]) %}
  {% set taken = var('kura_columns').values() | select('string') | list %}
  {% for column in (plain | map(attribute=1) | list) or (others if others | length == 1 else []) if column not in taken %}
    {% set held = kura.input_field(source, column, types[column]) %}
    {% set is_text = "length(" ~ held ~ ") > 100 or left(ltrim(" ~ held ~ "), 1) in ('[', '{')" %}
    {% if not run_query("select 1 as one from (select * from " ~ source.rows ~ " limit 1000) as first_rows where " ~ is_text
        ~ " limit 1").rows %}
      {% do found.append(column) %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- Whether an id stands in several rows. -#}
{% macro has_repeated(rows, id) %}
  {{ return(run_query("select 1 as one from (select " ~ id ~ " as id from " ~ rows ~ ") as ids where id is not null group by id having count(*) > 1"
      ~ " limit 1").rows | length > 0) }}
{% endmacro %}

{#- All columns as text: rows without an order of their own get one by them. -#}
{% macro texts_of_columns(source, types) %}
  {% set found = [] %}
  {% for column, type in types.items() %}
    {% do found.append(kura.input_field(source, column, type)) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- What to say where nothing is found for a field. -#}
{% macro missing_field(source, types, format, field) %}
  {% set start = "kura_input `" ~ source.name ~ "` has no column for `" ~ field ~ "` (shape: " ~ format ~ "). It has " ~ types | join(', ') ~ ". " %}
  {% if field != 'conversation_id' %}
    {{ return(start ~ "Set `kura_columns: {" ~ field ~ ": your_column}`.") }}
  {% endif %}
  {{ return(start ~ "Its rows are single messages, and nothing says which of them belong together: set"
      ~ " `kura_columns: {conversation_id: your_column}` with the column that is the same in all messages of a conversation (a ticket,"
      ~ " a thread, a call), or a path into one (`meta.session.id`)" ~ (", or `filename`, if each file is a conversation" if source.is_file)
      ~ ". If each row is a conversation of its own, name the column with"
      ~ " its id, or, if a row is what one person said, set `kura_input_format: texts`.") }}
{% endmacro %}

{#- An expression that gives one field as text. -#}
{% macro input_field(source, column, type) %}
  {% if source.is_json and column == 'filename' and type == 'file' %}
    {{ return('source_name') }}
  {% elif source.is_json %}
    {{ return(kura.json_text('raw_json', column)) }}
  {% endif %}
  {{ return(kura.as_text(kura.quoted_name(column), type)) }}
{% endmacro %}
