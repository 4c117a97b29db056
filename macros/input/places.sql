{#-
  Where a field stands: a column, or a path into what one holds (`chat.messages`). Returns {column, steps, name}; none where
  there is no such column, and {missing, inside, keys} where the path ends before its end. A name with dots that is a column's
  or a key's own is that one.
-#}
{% macro place(source, types, name) %}
  {% set parts = (name | string).split('.') %}
  {% set found = namespace(column=none, steps=[], rest=[]) %}
  {% for count in range(parts | length, 0, -1) if found.column is none %}
    {% for column in types if column | lower == parts[:count] | join('.') | lower %}
      {% set found.column = column %}
      {% set found.rest = parts[count:] %}
    {% endfor %}
  {% endfor %}
  {% if found.column is none %}
    {{ return(none) }}
  {% endif %}
  {% set json = kura.column_json(source, found.column, types[found.column]) %}
  {% for _ in parts if found.rest %}
    {% set within = kura.json_at(json, found.steps) %}
    {% set keys = kura.keys_at(source, within, 1000) %}
    {% set step = kura.next_step(found.rest, keys) or kura.next_step(found.rest, kura.keys_at(source, within, none)) %}
    {% if not step and not kura.any_row(source, 'true') %}
      {# without rows nothing can be told #}
      {% set step = found.rest[0] %}
    {% endif %}
    {% if not step %}
      {{ return({
          'missing': found.rest | join('.'), 'inside': ([found.column] + found.steps) | join('.'), 'keys': keys
      }) }}
    {% endif %}
    {% set found.steps = found.steps + [step] %}
    {% set found.rest = found.rest[step.split('.') | length:] %}
  {% endfor %}
  {{ return({'column': found.column, 'steps': found.steps, 'name': ([found.column] + found.steps) | join('.')}) }}
{% endmacro %}

{#- The key, with as many dots in it as can be, with which the rest of a path goes on. -#}
{% macro next_step(rest, keys) %}
  {% for count in range(rest | length, 0, -1) %}
    {% set step = rest[:count] | join('.') %}
    {% for key in [step] + (keys | list) if key in keys and key | lower == step | lower %}
      {{ return(key) }}
    {% endfor %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- The names of the keys of the objects that an expression gives, of so many rows. -#}
{% macro keys_at(source, json, rows) %}
  {% set found = [] %}
  {% for row in run_query(kura.keys_query(source.rows, json, rows)).rows %}
    {% do found.append(row[0]) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{% macro keys_query(relation, json, rows) %}
  {{ return(adapter.dispatch('keys_query', 'kura')(relation, json, rows)) }}
{% endmacro %}

{% macro duckdb__keys_query(relation, json, rows) %}
    select distinct unnest(json_keys(held)) as name
    from (select {{ json }} as held from {{ relation }} {{ 'limit ' ~ rows if rows }}) as places
    where json_type(held) = 'OBJECT'
    order by name
{% endmacro %}

{% macro snowflake__keys_query(relation, json, rows) %}
    select distinct cast(entry.key as varchar) as name
    from (select {{ json }} as held from {{ relation }} {{ 'limit ' ~ rows if rows }}) as places,
    lateral flatten(input => places.held) as entry
    where entry.key is not null
    order by name
{% endmacro %}

{#- A column as JSON in which paths can be followed: texts that are JSON, too. -#}
{% macro column_json(source, column, type) %}
  {{ return(adapter.dispatch('column_json', 'kura')(source, column, type)) }}
{% endmacro %}

{% macro duckdb__column_json(source, column, type) %}
  {% if source.is_json %}
    {# what is a text in the file may be JSON, too #}
    {% set held = kura.json_at('raw_json', [column]) %}
    {{ return("case when json_type(" ~ held ~ ") = 'VARCHAR' then try_cast(" ~ held ~ " ->> '$' as json) else " ~ held ~ " end") }}
  {% endif %}
  {% set name = kura.quoted_name(column) %}
  {{ return(name if type == 'json' else ('try_cast(' if type.startswith('varchar') else 'to_json(') ~ name
      ~ (' as json)' if type.startswith('varchar') else ')')) }}
{% endmacro %}

{% macro snowflake__column_json(source, column, type) %}
  {% set name = kura.quoted_name(column) %}
  {% set is_text = type.startswith('varchar') or type.startswith('text') or type.startswith('string') %}
  {% if kura.is_no_text(type) %}
    {{ return('parse_json(null)') }}
  {% endif %}
  {{ return(('try_parse_json(' if is_text else 'to_variant(') ~ (kura.as_text(name, type) if is_text else name) ~ ')') }}
{% endmacro %}

{#- What stands in JSON at the end of some steps, as JSON. -#}
{% macro json_at(json, steps) %}
  {{ return(adapter.dispatch('json_at', 'kura')(json, steps)) }}
{% endmacro %}

{% macro duckdb__json_at(json, steps) %}
  {% if not steps %}
    {{ return(json) }}
  {% endif %}
  {% set path = namespace(text='$') %}
  {% for step in steps %}
    {% set path.text = path.text ~ kura.json_step(step) %}
  {% endfor %}
  {{ return("json_extract(" ~ json ~ ", " ~ kura.quoted(path.text) ~ ")") }}
{% endmacro %}

{% macro snowflake__json_at(json, steps) %}
  {% set held = namespace(text=json) %}
  {% for step in steps %}
    {% set held.text = held.text ~ '[' ~ kura.quoted(step) ~ ']' %}
  {% endfor %}
  {{ return(held.text) }}
{% endmacro %}

{#- What stands at a place, as text: strings as they are, everything nested as JSON. -#}
{% macro place_text(source, types, place) %}
  {% if not place.steps %}
    {{ return(kura.input_field(source, place.column, types[place.column])) }}
  {% endif %}
  {{ return(kura.json_as_text(kura.json_at(kura.column_json(source, place.column, types[place.column]), place.steps))) }}
{% endmacro %}

{% macro json_as_text(json) %}
  {{ return(adapter.dispatch('json_as_text', 'kura')(json)) }}
{% endmacro %}

{% macro duckdb__json_as_text(json) %}{{ return(json ~ " ->> '$'") }}{% endmacro %}

{% macro snowflake__json_as_text(json) %}{{ return('cast(' ~ json ~ ' as varchar)') }}{% endmacro %}

{#- What stands at a place, as a value to put into JSON. -#}
{% macro place_value(source, types, place) %}
  {% if source.is_json %}
    {{ return(kura.json_at('raw_json', [place.column] + place.steps)) }}
  {% elif place.steps %}
    {{ return(kura.json_at(kura.column_json(source, place.column, types[place.column]), place.steps)) }}
  {% elif modules.re.match('union|timestamp|date|time', types[place.column]) %}
    {# as JSON the one would be an object with the name of the kind that it is of, the others what a session's format says #}
    {{ return(kura.input_field(source, place.column, types[place.column])) }}
  {% endif %}
  {{ return(kura.quoted_name(place.column)) }}
{% endmacro %}

{#- JSON objects and lists out of expressions, as JSON and as text. -#}
{% macro json_object(pairs) %}
  {{ return(adapter.dispatch('json_object', 'kura')(pairs)) }}
{% endmacro %}

{% macro duckdb__json_object(pairs) %}{{ return('json_object(' ~ kura.pairs_of(pairs) ~ ')') }}{% endmacro %}

{% macro snowflake__json_object(pairs) %}{{ return('object_construct(' ~ kura.pairs_of(pairs) ~ ')') }}{% endmacro %}

{% macro pairs_of(pairs) %}
  {% set found = [] %}
  {% for name, expression in pairs %}
    {% do found.append(kura.quoted(name) ~ ', ' ~ expression) %}
  {% endfor %}
  {{ return(found | join(', ')) }}
{% endmacro %}

{% macro json_array(expressions) %}
  {{ return(adapter.dispatch('json_array', 'kura')(expressions)) }}
{% endmacro %}

{% macro duckdb__json_array(expressions) %}{{ return('json_array(' ~ expressions | join(', ') ~ ')') }}{% endmacro %}

{% macro snowflake__json_array(expressions) %}{{ return('array_construct(' ~ expressions | join(', ') ~ ')') }}{% endmacro %}

{% macro json_to_text(json) %}
  {{ return(adapter.dispatch('json_to_text', 'kura')(json)) }}
{% endmacro %}

{% macro duckdb__json_to_text(json) %}{{ return('cast(' ~ json ~ ' as varchar)') }}{% endmacro %}

{% macro snowflake__json_to_text(json) %}{{ return('to_json(' ~ json ~ ')') }}{% endmacro %}

{#- Messages that stand in several places of a row, as the one text that `kura_parse_messages` takes. -#}
{% macro joined_places(source, types, places) %}
  {% set pairs = [] %}
  {% for place in places %}
    {% do pairs.append(kura.json_object([['name', kura.quoted(place.name)], ['held', kura.place_value(source, types, place)]])) %}
  {% endfor %}
  {{ return([['kura_places', kura.json_array(pairs)]]) }}
{% endmacro %}

{#- The places that `kura_columns` names for each field, or an error that says what is there. -#}
{% macro named_places(source, types) %}
  {% set places = {} %}
  {% for field, names in var('kura_columns').items() %}
    {% set found = [] %}
    {% for name in ([names] if names is string else names) %}
      {% set place = kura.place(source, types, name) %}
      {% if not place %}
        {% do exceptions.raise_compiler_error(
            "kura_columns says that `" ~ field ~ "` is the column `" ~ name ~ "`, but kura_input `" ~ source.name
            ~ "` has only " ~ kura.columns_shown(source, types) ~ ".") %}
      {% elif place.missing %}
        {% set keys = place['keys'] %}
        {% set shown = keys[:20] | map('truncate', 40) | join(', ') ~ (', and ' ~ (keys | length - 20) ~ ' more' if keys | length > 20) %}
        {% do exceptions.raise_compiler_error(
            "kura_columns says that `" ~ field ~ "` is at `" ~ name ~ "`, but in kura_input `" ~ source.name ~ "` there is no `"
            ~ place.missing ~ "` in `" ~ place.inside ~ "`, " ~ ("which has the keys " ~ shown if keys else "which holds no object with keys")
            ~ ".") %}
      {% endif %}
      {% do found.append(place) %}
    {% endfor %}
    {% do places.update({field: found}) %}
  {% endfor %}
  {{ return(places) }}
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

{#- Whether calls of tools stand in columns of their own. -#}
{% macro has_tool_columns(source, types) %}
  {% set columns = kura.columns_among(types, ['tool_calls', 'function_call']) | map(attribute=1) | list %}
  {{ return(columns and kura.any_begins(source, types, columns, ['[', '{'])) }}
{% endmacro %}

{#- The content of a message with the calls of tools that stand beside it, as `parse_content` in kura_udfs/text/messages takes it. -#}
{% macro content_with_tools(source, types, columns) %}
  {% set has_tools, said = [], [['role', columns['role']], ['content', columns['content']]] %}
  {% for _, column in kura.columns_among(types, ['tool_calls', 'function_call', 'tool_call_id']) %}
    {% set text = kura.place_text(source, types, {'column': column, 'steps': []}) %}
    {% do has_tools.append("coalesce(trim(" ~ text ~ "), '') not in ('', 'null', '[]', '{}')") %}
  {% endfor %}
  {% set beside = ['tool_calls', 'function_call', 'tool_call_id', 'name', 'tool_name', 'status', 'is_error', 'error'] %}
  {% set message = kura.json_object(said + kura.part_values(source, types, beside)) %}
  {{ return('case when ' ~ has_tools | join(' or ') ~ ' then ' ~ kura.json_to_text(kura.json_object([['kura_message', message]]))
      ~ ' else ' ~ columns['content'] ~ ' end') }}
{% endmacro %}
