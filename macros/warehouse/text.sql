{#- Any column as text; nested ones as JSON. -#}
{% macro as_text(column, type) %}
  {{ return(adapter.dispatch('as_text', 'kura')(column, type)) }}
{% endmacro %}

{% macro default__as_text(column, type) %}
  {{ return("cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")") }}
{% endmacro %}

{% macro duckdb__as_text(column, type) %}
  {% set nested = '[' in type or type.startswith('struct') or type.startswith('map') or type.startswith('union') %}
  {{ return("cast(" ~ ("to_json(" ~ column ~ ")" if nested else column) ~ " as varchar)") }}
{% endmacro %}

{#- The value under a key of a JSON object as text: strings unquoted, everything else as JSON. -#}
{% macro json_text(json, key) %}
  {{ return(adapter.dispatch('json_text', 'kura')(json, key)) }}
{% endmacro %}

{% macro duckdb__json_text(json, key) %}
  {{ return("json_extract_string(" ~ json ~ ", '$.\"" ~ key | replace("'", "''") | replace('"', '\\"') ~ "\"')") }}
{% endmacro %}

{#- A text as a point in time (UTC, without a zone): ISO 8601 with or without an offset, or seconds or milliseconds since 1970. -#}
{% macro as_timestamp(text) %}
  {{ return(adapter.dispatch('as_timestamp', 'kura')(text)) }}
{% endmacro %}

{% macro duckdb__as_timestamp(text) -%}
  case
    when try_cast({{ text }} as double) between 1 and 1e11
      then make_timestamp(cast(1e6 * try_cast({{ text }} as double) as bigint))
    when try_cast({{ text }} as double) between 1e11 and 1e14
      then make_timestamp(cast(1e3 * try_cast({{ text }} as double) as bigint))
    when regexp_matches({{ text }}, ':\d\d(\.\d+)?\s*(Z|[+-]\d\d:?(\d\d)?)$')
      then try_cast({{ text }} as timestamptz) at time zone 'UTC'
    else try_cast({{ text }} as timestamp)
  end
{%- endmacro %}

{#- A text's fingerprint; the parts are kept apart so that ('a', 'bc') and ('ab', 'c') differ. -#}
{% macro fingerprint(parts) -%}
  md5(concat_ws('|', {{ parts | join(', ') }}))
{%- endmacro %}

{#- The number under a key of a JSON object that is held as text. -#}
{% macro json_number(json, key) %}
  {{ return(adapter.dispatch('json_number', 'kura')(json, key)) }}
{% endmacro %}

{% macro duckdb__json_number(json, key) -%}
  cast(json_extract_string({{ json }}, '$.{{ key }}') as double)
{%- endmacro %}

{#- A select of one facet row per entry of a column that lists its values with commas. -#}
{% macro unnest_list(relation, column, facet) %}
  {{ return(adapter.dispatch('unnest_list', 'kura')(relation, column, facet)) }}
{% endmacro %}

{% macro duckdb__unnest_list(relation, column, facet) %}
    select
        conversation_id,
        cluster_id,
        '{{ facet }}' as facet,
        unnest(string_split({{ column }}, ', ')) as value
    from {{ relation }}
    where {{ column }} is not null
{% endmacro %}
