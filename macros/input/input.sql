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
    {{ return(kura.described_input(source, types, 'messages')) }}
  {% endif %}
  {% set name = var('kura_input') %}
  {% if not execute %}
    {{ return({'name': name, 'rows': name, 'format': 'messages', 'columns': {}, 'attributes': {}}) }}
  {% endif %}
  {% set source = kura.input_file(name) if kura.is_file(name) else kura.input_relation(name) %}
  {% set types = kura.input_columns(source) %}
  {% for field, column in var('kura_columns').items() if (column | lower) not in (types | map('lower') | list) %}
    {% do exceptions.raise_compiler_error(
        "kura_columns says that `" ~ field ~ "` is the column `" ~ column ~ "`, but kura_input `" ~ name
        ~ "` has only " ~ types | join(', ') ~ ".") %}
  {% endfor %}
  {% set format = var('kura_input_format') %}
  {% if format == 'auto' %}
    {% set format = kura.recognised_format(types | list) %}
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
    {% set candidates = [named | lower] if named else shape['columns'].get(field, []) + shared.get(field, [field]) %}
    {% set found = candidates | select('in', lowered) | first %}
    {% if found %}
      {% do columns.update({field: kura.input_field(source, lowered[found], types[lowered[found]])}) %}
    {% elif field in shape['required'] %}
      {% do exceptions.raise_compiler_error(
          "kura_input `" ~ source.name ~ "` has no column for `" ~ field ~ "` (shape: " ~ format ~ "). It has "
          ~ types | join(', ') ~ ". Set `kura_columns: {" ~ field ~ ": your_column}`.") %}
    {% else %}
      {% do columns.update({field: 'cast(null as ' ~ dbt.type_string() ~ ')'}) %}
    {% endif %}
  {% endfor %}
  {% if format == 'chatgpt' and source.is_json %}
    {# the path through the tree of messages ends at `current_node`, which stands beside `mapping` #}
    {% do columns.update({'messages': 'raw_json'}) %}
  {% endif %}
  {% set makes_ids = 'conversation_id' in columns and columns['conversation_id'].startswith('cast(null') %}
  {% if makes_ids %}
    {{ log("Kura: kura_input `" ~ source.name ~ "` has no column for conversation ids, so ids are made of what is said.", info=true) }}
  {% endif %}
  {{ return({
      'name': source.name, 'rows': kura.input_where(source, types), 'is_json': source.is_json, 'format': format, 'columns': columns,
      'attributes': kura.passthrough_columns(source, types, columns['metadata']), 'makes_ids': makes_ids
  }) }}
{% endmacro %}

{#- An expression that gives one field as text. -#}
{% macro input_field(source, column, type) %}
  {% if source.is_json %}
    {{ return(kura.json_text('raw_json', column)) }}
  {% endif %}
  {{ return(kura.as_text(adapter.quote(column), type)) }}
{% endmacro %}
