{#-
  What the staging model reads: where the rows come from, which shape they have and which column holds which field.
  Returns {name, rows, format, columns}: `rows` is a from-clause, `columns` maps a field to an expression (text) or none.
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
    {{ return(kura.described_input(source, types, 'messages')) }}
  {% endif %}
  {% set name = var('kura_input') %}
  {% if not execute %}
    {{ return({'name': name, 'rows': name, 'format': 'messages', 'columns': {}}) }}
  {% endif %}
  {% set source = kura.input_file(name) if kura.is_file(name) else kura.input_relation(name) %}
  {% set source = kura.opened(source, kura.input_columns(source)) %}
  {% set types = kura.input_columns(source) %}
  {# before a shape is looked for: a slip in a name would hide it #}
  {% for field, names in var('kura_columns').items() %}
    {% do kura.named_places(source, types, field, names) %}
  {% endfor %}
  {% set format = var('kura_input_format') %}
  {% if format == 'auto' %}
    {% set format = kura.recognised_format(source, types) %}
    {% if not format %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ name ~ "` has the columns " ~ types | join(', ') ~ ", and no known shape has those. Name your columns with"
          ~ " `kura_columns`, e.g. {conversation_id: ..., role: ..., content: ...}; docs/inputs.md shows every shape.") %}
    {% endif %}
  {% endif %}
  {{ return(kura.described_input(source, types, format)) }}
{% endmacro %}

{#- A relation is a name of one to three parts; everything with a slash, a star or a known ending is a file. -#}
{% macro is_file(name) %}
  {% set endings = ['jsonl', 'ndjson', 'json', 'csv', 'parquet', 'gz'] %}
  {{ return('/' in name or '*' in name or (name.split('.') | last | lower) in endings) }}
{% endmacro %}

{% macro input_relation(name) %}
  {% set parts = name | replace('"', '') | replace('`', '') %}
  {% set parts = parts.split('.') %}
  {% set relation = adapter.get_relation(
      database=parts[-3] if parts | length > 2 else target.database,
      schema=parts[-2] if parts | length > 1 else target.schema,
      identifier=parts[-1]) %}
  {% if not relation %}
    {% do exceptions.raise_compiler_error(
        "kura_input `" ~ name ~ "`: there is no such table or view in " ~ target.database ~ ". Give schema.table"
        ~ " (or database.schema.table), or on DuckDB a file ending with .jsonl, .json, .csv or .parquet.") %}
  {% endif %}
  {{ return({'name': name, 'rows': relation | string, 'is_json': false}) }}
{% endmacro %}

{#- The expressions of the fields that there are, those that order the input first. -#}
{% macro fields_in_order(columns) %}
  {% set found = [] %}
  {% for field in ['conversation_id', 'created_at', 'updated_at', 'message_id', 'role', 'content', 'user_id', 'metadata', 'messages'] %}
    {% if columns.get(field) and not columns[field].startswith('cast(null') %}
      {% do found.append(columns[field]) %}
    {% endif %}
  {% endfor %}
  {{ return(found or ['1']) }}
{% endmacro %}

{#- Finds the column of every field; a field that is required and missing is an error. -#}
{% macro described_input(source, types, format) %}
  {% set shape = kura.input_formats()[format] %}
  {% set shared = {
      'created_at': ['created_at', 'createdat', 'create_time', 'created', 'timestamp', 'sent_at', 'sentat', 'date'],
      'updated_at': ['updated_at', 'updatedat', 'update_time', 'updated', 'modified_at', 'last_modified', 'saved_at'],
      'user_id': ['user_id', 'userid', 'customer_id', 'customerid'],
  } %}
  {% set lowered = {} %}
  {% for column in types %}
    {% do lowered.update({column | lower: column}) %}
  {% endfor %}
  {% set columns = {} %}
  {% for field in kura.input_fields() %}
    {% set named = var('kura_columns').get(field) %}
    {% set candidates = shape['columns'].get(field, []) + shared.get(field, [field]) %}
    {% set found = candidates | select('in', lowered) | first %}
    {% if named %}
      {% set places = kura.named_places(source, types, field, named) %}
      {% if named is not string and 'gathers' not in shape %}
        {% do exceptions.raise_compiler_error(
            "kura_columns gives several places for `messages`, which needs `kura_input_format` auto or calls, not " ~ format ~ ".") %}
      {% endif %}
      {% do columns.update({field: kura.place_text(source, types, places[0]) if named is string else places}) %}
    {% elif 'gathers' in shape and field in ['conversation_id', 'messages'] %}
      {# below, when all others are known #}
    {% elif found %}
      {% do columns.update({field: kura.input_field(source, lowered[found], types[lowered[found]])}) %}
    {% elif field in shape['required'] %}
      {% do exceptions.raise_compiler_error(kura.missing_field(source, types, format, field)) %}
    {% else %}
      {% do columns.update({field: 'cast(null as ' ~ dbt.type_string() ~ ')'}) %}
    {% endif %}
  {% endfor %}
  {% if 'gathers' in shape %}
    {% do columns.update(kura.gathered_fields(source, types, format, columns)) %}
  {% elif format == 'chatgpt' and source.is_json %}
    {# the path through the tree of messages ends at `current_node`, which stands beside `mapping` #}
    {% do columns.update({'messages': 'raw_json'}) %}
  {% endif %}
  {% set makes_ids = 'conversation_id' in columns and columns['conversation_id'].startswith('cast(null') %}
  {% if makes_ids %}
    {{ log("Kura: kura_input `" ~ source.name ~ "` has no column for conversation ids, so ids are made of what is said.", info=true) }}
  {% endif %}
  {{ return({
      'name': source.name, 'rows': source.rows, 'is_json': source.is_json, 'format': format, 'columns': columns, 'makes_ids': makes_ids,
      'gathers': none if makes_ids else shape.get('gathers'),
      'order': kura.texts_of_columns(source, types) if 'gathers' in shape and not source.is_json else none,
  }) }}
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
      ~ " a thread, a call), or a path into one (`meta.session.id`). If each row is a conversation of its own, name the column with"
      ~ " its id.") }}
{% endmacro %}

{#- An expression that gives one field as text. -#}
{% macro input_field(source, column, type) %}
  {% if source.is_json %}
    {{ return(kura.json_text('raw_json', column)) }}
  {% endif %}
  {{ return(kura.as_text(adapter.quote(column), type)) }}
{% endmacro %}
