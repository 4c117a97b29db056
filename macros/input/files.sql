{#- Files are read by DuckDB; other warehouses load them first. -#}
{% macro input_file(name) %}
  {{ return(adapter.dispatch('input_file', 'kura')(name)) }}
{% endmacro %}

{% macro default__input_file(name) %}
  {% do exceptions.raise_compiler_error(
      "kura_input `" ~ name ~ "` looks like a file, and only DuckDB reads files. Load it into a table and give its name.") %}
{% endmacro %}

{% macro duckdb__input_file(name) %}
  {% if name.startswith("'") %}
    {% set name = name[1:-1] | replace("''", "'") %}  {# what `external_location` of a source becomes #}
  {% endif %}
  {% set found = fromjson(run_query("select kura_find_files(" ~ kura.quoted(name) ~ ")").columns[0][0]) %}
  {% if found.problem %}
    {% do exceptions.raise_compiler_error(found.problem) %}
  {% endif %}
  {# JSON has it as `source_name` #}
  {% set is_named = found.reader in ['csv', 'parquet'] and var('kura_columns').get('conversation_id') == 'filename' %}
  {% set with_name = ', filename = true' if is_named else '' %}
  {% if found.reader == 'lines' %}
    {% set rows, held = kura.rows_of_lines(found.places), 'raw_text' %}
  {% elif found.reader == 'json' %}
    {% set rows, held = kura.rows_of_json(found.places, found.arrays), 'raw_text' %}
  {% elif found.reader == 'csv' %}
    {% set rows, held = kura.rows_of_csv(found.places, found.escape, with_name), 'columns(*)' %}
  {% elif found.reader == 'text' %}
    {% set rows, held = kura.rows_of_texts(found.places), 'transcript' %}
  {% else %}
    {% set rows, held = "read_parquet(" ~ kura.quoted_list(found.places) ~ ", union_by_name = true" ~ with_name ~ ")", none %}
  {% endif %}
  {% if is_named %}
    {% set rows = "(select * replace (" ~ kura.file_shown() ~ " as filename) from " ~ rows ~ ")" %}
  {% endif %}
  {% do kura.check_readable(name, rows, held) %}
  {% set has_glob = modules.re.search('[*?[]', found.places | join) is not none %}
  {{ return({
      'name': found.shown, 'rows': rows, 'is_file': true, 'has_several': has_glob or (found.places + found.arrays) | length > 1,
      'is_json': found.reader in ['lines', 'json'], 'is_untyped': found.reader == 'csv'
  }) }}
{% endmacro %}

{#- JSON lines, as lines of text, because a reader of JSON stops at the first broken line. -#}
{% macro rows_of_lines(places) %}
  (
    select
        {{ kura.file_shown() }} as source_name,
        line as raw_text,
        -- half of an emoji, which a program has cut, is no reason to leave out a line
        case
            when json_valid(line) then line
            when json_valid({{ kura.without_halves('line') }}) then {{ kura.without_halves('line') }}
            -- a list that was cut into lines, or records of RFC 7464
            when json_valid(trim(line, e'\x1e, \t\r')) then trim(line, e'\x1e, \t\r')
        end as raw_json
    from read_csv({{ kura.quoted_list(places) }}, filename = true, columns = {'line': 'VARCHAR'}, header = false, auto_detect = false,
        delim = e'\x01', quote = '', escape = '', nullstr = e'\x02', strict_mode = false,
        max_line_size = 67108864, buffer_size = 134217728)
    where trim(line, e' \t\r') <> ''
  )
{% endmacro %}

{#- Objects of JSON files, of `arrays` those in their lists. -#}
{% macro rows_of_json(places, arrays) %}
  (
    {% for format in ['auto', 'array'] if (arrays if format == 'array' else places) -%}
    select {{ kura.file_shown() }} as source_name, cast(json as varchar) as raw_text, json as raw_json
    from read_json_objects({{ kura.quoted_list(arrays if format == 'array' else places) }}, filename = true,
        format = '{{ format }}', maximum_object_size = 67108864)
    {{ 'union all' if not loop.last }}
    {% endfor %}
  )
{% endmacro %}

{#- Lines of CSV: a sheet may go on below its last line, with nothing in it; databases write a null as a backslash and a letter. -#}
{% macro rows_of_csv(places, escape, with_name) %}
  (
    select * exclude (kura_held)
    from (
        select *, coalesce(*columns(*{{ ' exclude (filename)' if with_name }})) as kura_held
        from read_csv({{ kura.quoted_list(places) }}, header = true, all_varchar = true, union_by_name = true,
            nullstr = {{ "['', '\\N']" if escape == '"' else "['']" }}, quote = '"', escape = {{ kura.quoted(escape) }},
            max_line_size = 67108864, buffer_size = 134217728{{ with_name }})
    ) as lines
    where kura_held is not null
  )
{% endmacro %}

{#- Texts, of which each is a conversation, called by its file's name, or where another folder has one of that name by the whole path. -#}
{% macro rows_of_texts(places) %}
  (
    select
        case when count(*) over (partition by parse_filename(filename)) > 1 then {{ kura.file_shown() }} else parse_filename(filename, true) end as id,
        ltrim(content, chr(65279)) as transcript
    from read_text({{ kura.quoted_list(places) }})
  )
{% endmacro %}

{#- JSON without halves of pairs of UTF-16 (`\ud83d`), which no database stores. -#}
{% macro without_halves(json) %}
  {% set pair, half = '\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}', '\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}' %}
  {{ return("regexp_replace(" ~ json ~ ", '(" ~ pair ~ ")|" ~ half ~ "', '\\1', 'g')") }}
{% endmacro %}

{#- The name of a file, of one in a zip file by both names, and without the signature that a URL may carry. -#}
{% macro file_shown() %}
  {{ return("regexp_replace(regexp_replace(filename, '^kura-zip://', ''), '^(https?://)([^/@]*@)?([^?]*).*$', '\\1\\3')") }}
{% endmacro %}

{#-
  Stops with a message of our own where a read would stop with DuckDB's, which quotes what a file holds. Text is read to its end for
  that (`read` says what of it), as a mistake may be in its last line; of Parquet the columns are enough.
-#}
{% macro check_readable(name, rows, read=none) %}
  {% set query = "select max(length(" ~ read ~ "::varchar)) from " ~ rows if read else "describe select * from " ~ rows %}
  {% set problem = run_query("select kura_problem_of(" ~ kura.quoted(name) ~ ", " ~ kura.quoted(query) ~ ")").columns[0][0] %}
  {% if problem %}
    {% do exceptions.raise_compiler_error(problem) %}
  {% endif %}
{% endmacro %}

{#- A query may read files, too: it is tried where that may be text. -#}
{% macro check_query(query) %}
  {{ return(adapter.dispatch('check_query', 'kura')(query)) }}
{% endmacro %}

{% macro default__check_query(query) %}{% endmacro %}

{% macro duckdb__check_query(query) %}
  {% if "'" in query %}
    {% do kura.check_readable(kura.query_shown(query), query, 'columns(*)' if 'csv' in query or 'json' in query else none) %}
  {% endif %}
{% endmacro %}

{#- Maps every column of the input to its type, in lower case. Of JSON objects, the keys of the first thousand. -#}
{% macro input_columns(source) %}
  {{ return(adapter.dispatch('input_columns', 'kura')(source)) }}
{% endmacro %}

{% macro default__input_columns(source) %}
  {% set types = {} %}
  {% for column in adapter.get_column_schema_from_query("select * from " ~ source.rows ~ " limit 0") %}
    {% do types.update({column.name: column.dtype | lower}) %}
  {% endfor %}
  {{ return(types) }}
{% endmacro %}

{% macro snowflake__input_columns(source) %}
  {% if source.is_query %}
    {{ return(kura.default__input_columns(source)) }}
  {% endif %}
  {% set types = {} %}
  {% for row in run_query("describe table " ~ source.rows).rows %}
    {% do types.update({row['name']: row['type'] | lower}) %}
  {% endfor %}
  {{ return(types) }}
{% endmacro %}

{% macro duckdb__input_columns(source) %}
  {% set types = {} %}
  {% if source.is_json %}
    {% set keys %}
      select distinct key
      from (
        select unnest(json_keys(raw_json)) as key
        from (select raw_json from {{ source.rows }} where json_type(raw_json) = 'OBJECT' limit 1000)
      )
      where key <> ''
      order by key
    {% endset %}
    {% for row in run_query(keys).rows %}
      {% do types.update({row[0]: 'json'}) %}
    {% endfor %}
  {% else %}
    {% for row in run_query("describe select * from " ~ source.rows).rows %}
      {% do types.update({row[0]: row[1] | lower}) %}
    {% endfor %}
  {% endif %}
  {{ return(types) }}
{% endmacro %}
