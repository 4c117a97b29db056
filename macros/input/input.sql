{#-
  What the staging model reads: where the rows come from, which shape they have and which column holds which field.
  Returns {name, rows, format, columns, attributes, read_as}: `rows` is a from-clause, `columns` maps a field to an expression (text) or
  none, `attributes` the name of a column that goes along to an expression (JSON), `read_as` is what the next run compares.
  Raises a compiler error that names the input, the column and the remedy.
-#}
{% macro input() %}
  {% set name = var('kura_input', none) %}
  {% if name is none %}
    {% set source, types = kura.bundled_sample(), kura.columns_of_sample() %}
    {{ return(kura.described_input(source, types, 'messages', kura.named_places(source, types), types)) }}
  {% elif not execute %}
    {{ return({'name': name, 'rows': name, 'format': 'messages', 'columns': {}, 'attributes': {}, 'read_as': {}}) }}
  {% endif %}
  {% set source = kura.input_file(name) if kura.is_file(name) else kura.input_relation(name) %}
  {% set source = kura.without_types(source) if source.is_json else source %}
  {% set types = kura.input_columns(source) %}
  {% do kura.check_changes(source, types) %}
  {% set source = kura.without_deleted(source, types) %}
  {% set opened = kura.opened(source, types) %}
  {% if opened.rows != source.rows %}
    {% set source, types = opened, kura.input_columns(opened) %}
  {% endif %}
  {% do kura.check_not_empty(source, types) %}
  {% do kura.check_first_line(source, types) %}
  {% if source.is_json and 'filename' not in types and var('kura_columns').get('conversation_id') == 'filename' %}
    {% do types.update({'filename': 'file'}) %}
  {% endif %}
  {# before a shape is looked for: a slip in a name would hide it #}
  {% set places = kura.named_places(source, types) %}
  {% set format = var('kura_input_format') %}
  {% set shaped = kura.recognised_input(source, types, places) if format == 'auto' else kura.given_input(source, types, places, format) %}
  {% set all_types = types if shaped.source.rows == source.rows else shaped.types %}
  {% set described = kura.described_input(shaped.source, shaped.types, shaped.format, shaped.places, all_types) %}
  {# not before: what seem to be names of columns may be words of a file without a header #}
  {% do kura.log_likely(source, shaped.likely) if shaped.likely else none %}
  {% do kura.check_read_as(shaped.source, all_types, described.read_as) %}
  {{ return(described) }}
{% endmacro %}

{% macro bundled_sample() %}
  {{ return({'name': 'the bundled sample', 'rows': ref('kura_sample_messages') | string, 'is_json': false}) }}
{% endmacro %}

{#- dbt parses before there is a table to ask for them. -#}
{% macro columns_of_sample() %}
  {% set types = {} %}
  {% for column in ['conversation_id', 'message_id', 'user_id', 'created_at', 'role', 'content'] %}
    {% do types.update({kura.stored_name(column): 'timestamp' if column == 'created_at' else 'text'}) %}
  {% endfor %}
  {{ return(types) }}
{% endmacro %}

{#-
  The shape of an input whose shape nobody has named: by its columns, then by what stands in them. Returns {source, types, format, places},
  whose rows may be those that stand inside of the input's, and `likely`, the places that were found by what stands there. Columns that hold
  nothing are looked at only where the others tell no shape.
-#}
{% macro recognised_input(source, all_types, places) %}
  {% set filled = kura.filled_columns(source, all_types, places) %}
  {% set shaped = kura.shaped_input(source, filled, places) %}
  {% set shaped = kura.shaped_input(source, all_types, places) if not shaped and filled | length < all_types | length else shaped %}
  {% if not shaped %}
    {% do exceptions.raise_compiler_error(kura.unknown_shape(source, all_types)) %}
  {% endif %}
  {{ return(shaped) }}
{% endmacro %}

{#- An input whose shape somebody has named, which may stand in an envelope, too. -#}
{% macro given_input(source, types, places, format) %}
  {% set shape = kura.input_formats()[format] %}
  {% set is_there = 'signature' not in shape or kura.has_signature(kura.letters(types), shape) %}
  {% set inner = kura.enveloped(source, types) if source.is_json and not is_there and not var('kura_columns') else none %}
  {{ return({'source': inner or source, 'types': kura.input_columns(inner) if inner else types, 'format': format, 'places': places}) }}
{% endmacro %}

{% macro shaped_input(source, types, places) %}
  {% set given = var('kura_columns') %}
  {% set format = kura.recognised_format(source, types) %}
  {% set is_unknown = not format and source.is_json and not given %}
  {% set keyed = (kura.keyed_by_id(source, '$') or kura.enveloped(source, types)) if is_unknown else none %}
  {% if keyed %}
    {% set source, types = keyed, kura.filled_columns(keyed, kura.input_columns(keyed), {}) %}
    {% set format = kura.recognised_format(source, types) %}
  {% endif %}
  {% if format %}
    {% set within = kura.words_within(source, types) if format == 'messages' and 'content' not in places else {} %}
    {{ return({'source': source, 'types': types, 'format': format, 'places': dict(places, **within), 'likely': within}) }}
  {% endif %}
  {% set turn = kura.question_and_answer(source, types) if not given.get('messages') else none %}
  {# who speaks and what is said stand in columns of their own: then what else a row holds, as its metadata may, is not the message #}
  {% set likely = kura.likely_messages(source, types) if not turn else none %}
  {% set inner = kura.unwrapped(source, types) if not given and not likely else none %}
  {% if inner %}
    {{ return(dict(inner, places=places)) }}
  {% elif turn %}
    {{ return({'source': source, 'types': types, 'format': 'calls', 'places': dict(places, messages=turn)}) }}
  {% endif %}
  {% set likely = likely or kura.likely_lists(source, types) %}
  {% if likely %}
    {{ return(dict(likely, source=source, types=types, likely=likely.places, places=dict(places, **likely.places))) }}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{#-
  Whether the first line of a CSV file seems to be a row as the others are: what should be the name of a column is a time, or stands in the column,
  too, as an id and a role do. Where all names do, files were put together with their headers.
-#}
{% macro is_headless(source, types) %}
  {% set found, times = [], [] %}
  {% for column in types if source.is_untyped %}
    {% do found.append("count(case when " ~ kura.quoted_name(column) ~ " = " ~ kura.quoted(column) ~ " then 1 end)") %}
    {% do times.append(column) if modules.re.fullmatch('\\d+[-/:.]\\d[-\\d\\s.:/+TZ]*', column) else none %}
  {% endfor %}
  {% set again = run_query('select ' ~ found | join(', ') ~ ' from ' ~ source.rows).rows[0] | select | list | length if found else 0 %}
  {{ return(times | length > 0 or 0 < again < found | length) }}
{% endmacro %}

{#- The names of the columns, to be shown; it stops where they seem to be the words of a row, which may be of a conversation. -#}
{% macro columns_shown(source, types) %}
  {% if kura.is_headless(source, types) %}
    {% do exceptions.raise_compiler_error(
        "kura_input `" ~ source.name ~ "` seems to have no header: its first line looks like one of its rows. Write a line with the names of its"
        ~ " columns above it, e.g. conversation_id,role,content,created_at.") %}
  {% endif %}
  {{ return((types | list)[:40] | map('truncate', 60) | join(', ') ~ (', and ' ~ (types | length - 40) ~ ' more' if types | length > 40 else '')) }}
{% endmacro %}

{#- What to say of an input of no known shape. -#}
{% macro unknown_shape(source, types) %}
  {% if source.is_untyped and types | length == 1 and modules.re.search('[,;|\t]|^column0$', types | first) %}
    {{ return("kura_input `" ~ source.name ~ "` can't be read as CSV: its first line names several columns, but others have more or fewer, or"
        ~ ' hold quotes that are not doubled. A text with a comma, a quote or a line break stands in double quotes, and a quote in it is'
        ~ ' written twice ("") or, in all of the file, behind a backslash.') }}
  {% endif %}
  {{ return("kura_input `" ~ source.name ~ "` has the columns " ~ kura.columns_shown(source, types) ~ ", and no known shape has those. Name your"
      ~ " columns with `kura_columns`, e.g. {conversation_id: ..., role: ..., content: ...}, where a name may be a path into what a column holds"
      ~ " (properties.session.id), or {messages: [...]} with the places of what was asked and what was answered; or, if each row is"
      ~ " what one person said by itself (a request, a ticket, an answer in a survey), set `kura_input_format: texts`;"
      ~ " docs/inputs.md shows every shape.") }}
{% endmacro %}

{#- An input of a shape, with what holds each field; of `all_types` those that `types` lacks hold nothing. -#}
{% macro described_input(source, types, format, places, all_types) %}
  {% set shape = kura.input_formats()[format] %}
  {% set columns = {} %}
  {% for field in kura.input_fields() %}
    {% set held = kura.field_of_input(source, types, format, shape, places, field) %}
    {% do columns.update({field: held}) if held is not none else none %}
  {% endfor %}
  {% set has_tools = 'role' in shape['required'] and kura.has_tool_columns(source, types) %}
  {% do columns.update({'role': kura.told_role(source, types, columns)}) if 'role' in shape['required'] else none %}
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
  {% do kura.check_pieces(source, types, columns) if format == 'messages' else none %}
  {% set chain = kura.links_of_conversations(source, types, format, columns) %}
  {% do columns.update({'conversation_id': 'chain_id'}) if chain else none %}
  {% set makes_ids = 'conversation_id' in columns and not kura.has_field(columns, 'conversation_id') %}
  {% do kura.log_what_is_missing(source, shape, columns, makes_ids) %}
  {% set rows = kura.input_where(source, all_types) %}
  {% set links = chain or (kura.links(source, types, columns) if format == 'messages' else none) %}
  {% if links %}
    {% set rows = kura.chained(rows, *links) %}
    {% set place = 'cast(chain_place as ' ~ dbt.type_string() ~ ')' %}
    {% do columns.update({'message_number': place}) if not kura.has_field(columns, 'message_number') else none %}
  {% endif %}
  {{ return({
      'name': source.name, 'rows': rows, 'is_json': source.is_json, 'format': format, 'columns': columns,
      'attributes': kura.passthrough_columns(source, all_types), 'makes_ids': makes_ids,
      'read_as': kura.read_as(source, all_types, format, columns),
      'gathers': none if makes_ids else shape.get('gathers'),
      'has_repeated': 'gathers' not in shape and not makes_ids and 'messages' in shape['required']
          and kura.is_run() and kura.has_repeated(rows, columns['conversation_id']),
      'order': kura.texts_of_columns(source, types) if ('gathers' in shape or has_tools) and not source.is_json else none,
  }) }}
{% endmacro %}

{#- Stops where rows are the pieces of an answer as they came in: of a message that was saved several times only one row counts. -#}
{% macro check_pieces(source, types, columns) %}
  {% set names = ['chunk', 'chunk_index', 'chunk_number', 'chunk_no', 'chunk_id', 'chunk_seq', 'delta_index', 'token_index', 'piece', 'piece_index',
      'part_index', 'part_number', 'fragment_index', 'stream_index', 'batch_index'] %}
  {% for _, column in kura.columns_among(types, names) if kura.has_field(columns, 'message_id') and kura.has_field(columns, 'conversation_id') %}
    {# a state that grew begins with the one before #}
    {% set pieces %}
      select 1 as one
      from (
          select
              {{ columns['conversation_id'] }} as conversation_id,
              {{ columns['message_id'] }} as message_id,
              {{ columns['content'] }} as content,
              {{ kura.input_field(source, column, types[column]) }} as piece
          from {{ source.rows }}
      ) as pieces
      where message_id is not null
      group by conversation_id, message_id
      having count(distinct piece) > 1 and left(max(content), length(min(content))) <> min(content)
      limit 1
    {% endset %}
    {% if run_query(pieces).rows %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` holds messages in pieces: rows with the id of one message, of which `" ~ column ~ "` counts the pieces."
          ~ " Have kura_input be a view or a query that puts them together, e.g. string_agg(content, '' order by " ~ column
          ~ ") with a group by the conversation, the message and its role.") %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{% macro log_what_is_missing(source, shape, columns, makes_ids) %}
  {% if makes_ids %}
    {{ log("Kura: kura_input `" ~ source.name ~ "` has no column for conversation ids, so ids are made of what is said."
        ~ (" If each file is a conversation: kura_columns: {conversation_id: filename}." if source.is_file), info=true) }}
  {% endif %}
  {% if 'content' in shape['required'] and not kura.has_field(columns, 'created_at') %}
    {{ log("Kura: kura_input `" ~ source.name ~ "` has no column for times that Kura knows, so nothing is told of trends. If there is one,"
        ~ " name it with kura_columns: {created_at: your_column}.", info=true) }}
  {% endif %}
{% endmacro %}

{#-
  Stops on a log of changes in which something was changed or deleted (Debezium, DMS, streams, Delta's change feed): what is gone would stand
  among the rest, and of a message that was changed the longer words would count.
-#}
{% macro check_changes(source, types) %}
  {% set changes = ['u', 'd', 'update', 'delete', 'update_preimage', 'update_postimage', 'modify', 'remove'] %}
  {% set others = ['c', 'r', 'i', 'insert', 'create', 'read', 'upsert', 'import', 'snapshot', 'bootstrap-insert'] %}
  {% set names = ['op', 'operation', '_change_type', 'metadata$action', 'change_type', 'cdc_operation', 'dml_type'] %}
  {% set names = names + ['type'] if kura.columns_among(types, ['database']) and kura.columns_among(types, ['table']) else names %}
  {% for _, column in kura.columns_among(types, names) %}
    {% set told = "lower(" ~ kura.input_field(source, column, types[column]) ~ ")" %}
    {% set known = kura.any_row(source, told ~ " in ('" ~ changes | join("', '") ~ "')")
        and not kura.any_row(source, told ~ " not in ('" ~ (changes + others) | join("', '") ~ "')") %}
    {% if known %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` is a log of changes: by `" ~ column ~ "` rows were changed or deleted later, and what is gone must not"
          ~ " be read. Have kura_input be the table as it is now, or a view of the last state of each row: qualify row_number() over (partition by"
          ~ " its id order by the time of the change desc) = 1, without those that were deleted.") %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{#- Without the rows of which a connector says that they are gone from where it got them, or are no more as they were. -#}
{% macro without_deleted(source, types) %}
  {% set kept = [] %}
  {% for column, type in types.items() %}
    {% set held = kura.input_field(source, column, type) %}
    {% if column | lower in ['_fivetran_deleted', '__deleted', '__hevo__marked_deleted'] %}
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

{#- Stops on a CSV file with something above the names of its columns: there the first line names one of several. -#}
{% macro check_first_line(source, types) %}
  {% set nameless = [] %}
  {% for column in types if source.is_untyped and modules.re.fullmatch('column[0-9]+', column) %}
    {% do nameless.append(column) %}
  {% endfor %}
  {% if nameless and types | list == [types | first] + nameless and kura.any_row(source, kura.quoted_name(nameless[0]) ~ ' is not null') %}
    {% do exceptions.raise_compiler_error(
        "kura_input `" ~ source.name ~ "` names one column in its first line, and has several. Take away what stands above the line with their"
        ~ " names; a text with a comma, a semicolon or a line break stands in double quotes.") %}
  {% endif %}
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
