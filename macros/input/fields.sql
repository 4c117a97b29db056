{#-
  The expression that gives a field as text, with nothing but nulls where the input lacks it; the list of its places where `kura_columns` names
  several; none where it is made of whole rows (`gathered_fields`). A field that is required and missing is an error.
-#}
{% macro field_of_input(source, types, format, shape, places, field) %}
  {% set is_id = field == 'conversation_id' %}
  {% if places.get(field) %}
    {% set held = kura.named_field(source, types, format, shape, places[field], field) %}
  {% elif is_id and 'in_files' in shape and source.is_json and not kura.columns_among(types, shape['ids']) %}
    {% set held = 'source_name' %}
  {% elif 'gathers' in shape and field in ['conversation_id', 'messages'] %}
    {{ return(none) }}
  {% else %}
    {% set columns = kura.columns_of_field(source, types, shape, field) %}
    {% if is_id and columns and 'messages' in shape['required'] and not kura.any_row(source, kura.field_or_null(source, types, columns[0]) ~ ' is not null')
        and kura.any_row(source, 'true') %}
      {% set columns = columns[1:] %}  {# a data set may have a column for ids, and none in it #}
    {% endif %}
    {% set otherwise = kura.id_otherwise(source, types, shape) if is_id and not columns else none %}
    {% if not columns and not otherwise and field in shape['required'] %}
      {% do exceptions.raise_compiler_error(kura.missing_field(source, types, format, field)) %}
    {% endif %}
    {% set held = kura.text_of_field(source, types, field, columns) if columns else otherwise or kura.null_text() %}
  {% endif %}
  {{ return(kura.told_id(held) if field in ['conversation_id', 'user_id'] and held != kura.null_text() else held) }}
{% endmacro %}

{#- What `kura_columns` names for a field, or what a column holds makes likely. -#}
{% macro named_field(source, types, format, shape, places, field) %}
  {% if places | length > 1 and 'gathers' not in shape %}
    {% do exceptions.raise_compiler_error(
        "kura_columns gives several places for `messages`, which needs `kura_input_format` auto or calls, not " ~ format ~ ".") %}
  {% endif %}
  {% set is_list = 'gathers' in shape and var('kura_columns').get(field) is not string %}
  {{ return(places if is_list else kura.place_text(source, types, places[0])) }}
{% endmacro %}

{#- The columns that are called as a field is, the likeliest first; of times, if none is, one that holds nothing else. -#}
{% macro columns_of_field(source, types, shape, field) %}
  {% set names = shape['columns'].get(field, []) + kura.shared_names().get(field, [field]) %}
  {% set names = names + kura.time_names(types) if field == 'created_at' else names %}
  {% set found = kura.columns_among(types, names) | map(attribute=1) | list %}
  {% set is_of_messages = 'content' in shape['required'] or shape.get('gathers') == 'events' %}
  {% set is_untold_time = field == 'created_at' and not found and is_of_messages %}
  {{ return(kura.time_by_values(source, types) if is_untold_time and kura.is_run() else found) }}
{% endmacro %}

{#- What the columns of a field hold, as one text: files of a glob may call it otherwise, and a day and a clock may stand apart. -#}
{% macro text_of_field(source, types, field, columns) %}
  {% set first = kura.input_field(source, columns[0], types[columns[0]]) %}
  {% set beside = kura.day_and_clock(types) if field == 'created_at' else [] %}
  {% if columns[0] in beside %}
    {{ return(kura.day_with_clock(source, types, *beside)) }}
  {% elif field == 'created_at' and columns | length > 1 %}
    {{ return('coalesce(' ~ first ~ ', ' ~ kura.input_field(source, columns[1], types[columns[1]]) ~ ')') }}
  {% elif field in ['conversation_id', 'role', 'content', 'messages'] and columns | length > 1 and source.has_several %}
    {{ return(kura.called_otherwise(source, types, columns)) }}
  {% endif %}
  {{ return(first) }}
{% endmacro %}

{#- What stands for a field that an input lacks. -#}
{% macro null_text() %}{{ return('cast(null as ' ~ dbt.type_string() ~ ')') }}{% endmacro %}

{#- Whether an input has a field. -#}
{% macro has_field(columns, field) %}
  {{ return(columns.get(field, kura.null_text()) != kura.null_text()) }}
{% endmacro %}

{#- The first of some columns, or the next ones where files call it so: then no row has a value in that and in the first. -#}
{% macro called_otherwise(source, types, columns) %}
  {% set found = [] %}
  {% for column in columns %}
    {% set held = kura.field_or_null(source, types, column) %}
    {% if not found or not kura.any_row(source, held ~ " is not null and " ~ found[0] ~ " is not null") %}
      {% do found.append(held) %}
    {% endif %}
  {% endfor %}
  {{ return('coalesce(' ~ found | join(', ') ~ ')' if found | length > 1 else kura.input_field(source, columns[0], types[columns[0]])) }}
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
  {% set told = dict(columns) %}
  {% if kura.has_field(columns, 'role') %}
    {% do told.update({'answers': "case when " ~ kura.role_name(columns['role']) ~ " in ('assistant', 'tool') then '1' else '0' end"}) %}
  {% endif %}
  {% for field in fields if kura.has_field(told, field) %}
    {% do found.append(told[field]) %}
  {% endfor %}
  {{ return(found or ['1']) }}
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
  {% set start = "kura_input `" ~ source.name ~ "` has no column for `" ~ field ~ "` (shape: " ~ format ~ "). It has "
      ~ kura.columns_shown(source, types) ~ ". " %}
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

{% macro field_or_null(source, types, column) %}
  {{ return("nullif(trim(" ~ kura.input_field(source, column, types[column]) ~ "), '')") }}
{% endmacro %}
