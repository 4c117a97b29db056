{#- Files are read by DuckDB; other warehouses load them first. -#}
{% macro input_file(name) %}
  {{ return(adapter.dispatch('input_file', 'kura')(name)) }}
{% endmacro %}

{% macro default__input_file(name) %}
  {% do exceptions.raise_compiler_error(
      "kura_input `" ~ name ~ "` looks like a file, and only DuckDB reads files. Load it into a table and give its name.") %}
{% endmacro %}

{% macro duckdb__input_file(name) %}
  {% set path = name | replace("'", "''") %}
  {% if run_query("select count(*) from glob('" ~ path ~ "')").columns[0][0] == 0 %}
    {% do exceptions.raise_compiler_error(
        "kura_input `" ~ name ~ "`: no file has that name. The path counts from where dbt runs.") %}
  {% endif %}
  {% set ending = (name | replace('.gz', '')).split('.') | last | lower %}
  {% if ending in ['jsonl', 'ndjson'] %}
    {# as lines of text, because a reader of JSON stops at the first broken line #}
    {% set rows %}
      (
        select
            filename as source_name,
            line as raw_text,
            case when json_valid(line) then line end as raw_json
        from read_csv('{{ path }}', filename = true, columns = {'line': 'VARCHAR'}, header = false, auto_detect = false,
            delim = e'\x01', quote = '', escape = '', nullstr = e'\x02', strict_mode = false,
            max_line_size = 67108864, buffer_size = 134217728)
      )
    {% endset %}
    {{ return({'name': name, 'rows': rows, 'is_json': true}) }}
  {% elif ending == 'json' %}
    {% set rows %}
      (
        select filename as source_name, cast(json as varchar) as raw_text, json as raw_json
        from read_json_objects('{{ path }}', filename = true, maximum_object_size = 67108864)
      )
    {% endset %}
    {{ return({'name': name, 'rows': rows, 'is_json': true}) }}
  {% elif ending == 'csv' %}
    {% set rows = "read_csv('" ~ path ~ "', header = true, all_varchar = true, union_by_name = true, quote = '\"', escape = '\"', max_line_size = 67108864, buffer_size = 134217728)" %}
    {{ return({'name': name, 'rows': rows, 'is_json': false, 'is_untyped': true}) }}
  {% elif ending == 'parquet' %}
    {% set rows = "read_parquet('" ~ path ~ "', union_by_name = true)" %}
  {% else %}
    {% do exceptions.raise_compiler_error(
        "kura_input `" ~ name ~ "`: Kura reads .jsonl, .ndjson, .json, .csv (also with .gz) and .parquet.") %}
  {% endif %}
  {{ return({'name': name, 'rows': rows, 'is_json': false}) }}
{% endmacro %}

{#- Maps every column of the input to its type, in lower case. Of JSON objects, the keys of the first thousand. -#}
{% macro input_columns(source) %}
  {{ return(adapter.dispatch('input_columns', 'kura')(source)) }}
{% endmacro %}

{% macro default__input_columns(source) %}
  {% set types = {} %}
  {% for column in adapter.get_columns_in_query("select * from " ~ source.rows ~ " limit 0") %}
    {% do types.update({column.name: column.dtype | lower}) %}
  {% endfor %}
  {{ return(types) }}
{% endmacro %}

{% macro snowflake__input_columns(source) %}
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
      select distinct unnest(json_keys(raw_json)) as key
      from (select raw_json from {{ source.rows }} where json_type(raw_json) = 'OBJECT' limit 1000)
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
