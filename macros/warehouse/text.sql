{#- How a function of Kura's own is called in SQL. -#}
{% macro udf(name) %}
  {{ return(adapter.dispatch('udf', 'kura')(name)) }}
{% endmacro %}

{% macro default__udf(name) %}{{ return(name) }}{% endmacro %}

{#- With the fingerprint of its code in its name, so that a build can't meet the code of another version. -#}
{% macro snowflake__udf(name) %}
  {{ return(kura.code_schema() ~ '.' ~ name ~ '_' ~ kura.code_version()) }}
{% endmacro %}

{#- A text without personal data and secrets, and without names where `kura_redact_names` says so. -#}
{% macro redacted(text) %}
  {{ return(kura.without_names(kura.redacted_by_patterns(text)) if var('kura_redact_names') else kura.redacted_by_patterns(text)) }}
{% endmacro %}

{#- A text without what has a form: personal data and secrets, and what `kura_redact_patterns` matches. -#}
{% macro redacted_by_patterns(text) %}
  {{ return(kura.udf('kura_redact') ~ '(' ~ text ~ ', ' ~ (kura.redact_patterns() if var('kura_redact_patterns') else 'null') ~ ')') }}
{% endmacro %}

{#- A text, redacted by patterns, without the names and addresses that the model of `kura_redact_names` finds. -#}
{% macro without_names(text) %}
  {{ return(kura.udf('kura_redact_names') ~ '(' ~ text ~ ', ' ~ kura.quoted(var('kura_redact_names')) ~ ')') }}
{% endmacro %}

{#- What a text that is to be without names is known by: itself, the model, and the code around that. -#}
{% macro name_key(text) %}
  {{ return(kura.fingerprint([text, kura.names_recipe()])) }}
{% endmacro %}

{#- The model that finds names, and the code around it; nothing where none does. -#}
{% macro names_recipe() %}
  {{ return(kura.udf('kura_names_recipe') ~ '(' ~ kura.quoted(var('kura_redact_names')) ~ ')' if var('kura_redact_names') else "''") }}
{% endmacro %}

{#- `kura_redact_patterns` as a text in SQL (JSON). -#}
{% macro redact_patterns() %}
  {{ return(kura.quoted(tojson(var('kura_redact_patterns'), sort_keys=true))) }}
{% endmacro %}

{#- Any column as text; nested ones as JSON. -#}
{% macro as_text(column, type) %}
  {{ return(adapter.dispatch('as_text', 'kura')(column, type)) }}
{% endmacro %}

{% macro default__as_text(column, type) %}
  {{ return("cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")") }}
{% endmacro %}

{#- A whole number is written without ".0": ids are integers, until one of them is missing where a data frame wrote the table. -#}
{% macro duckdb__as_text(column, type) %}
  {% if type in ['float', 'double'] %}
    {% set is_whole = column ~ " = floor(" ~ column ~ ") and abs(" ~ column ~ ") < 9007199254740992" %}
    {{ return("case when " ~ is_whole ~ " then cast(try_cast(" ~ column ~ " as bigint) as varchar)"
        ~ " else cast(" ~ column ~ " as varchar) end") }}
  {% elif type == 'json' %}
    {{ return("(" ~ column ~ " ->> '$')") }}
  {% endif %}
  {% set nested = '[' in type or 'struct(' in type or type.startswith('map') %}  {# a union of plain values is the one that it has #}
  {{ return("cast(" ~ ("to_json(" ~ column ~ ")" if nested else column) ~ " as varchar)") }}
{% endmacro %}

{#-
  Points in time, days and bytes are written out here, and times with a zone in UTC: a cast would write them as the session's formats say,
  without the zone as often as not. Many functions refuse a text with rules for how it is compared, and nothing makes a text of a vector
  or a place on earth.
-#}
{% macro snowflake__as_text(column, type) %}
  {% if type.startswith('timestamp') %}
    {% set is_zoned = type.startswith('timestamp_ltz') or type.startswith('timestamp_tz') %}
    {% set time = "convert_timezone('UTC', " ~ column ~ ")" if is_zoned else column %}
    {{ return("to_varchar(" ~ time ~ ", 'YYYY-MM-DD HH24:MI:SS.FF6')" ~ (" || 'Z'" if is_zoned else "")) }}
  {% endif %}
  {% for kind, format in [('date', 'YYYY-MM-DD'), ('time', 'HH24:MI:SS'), ('binary', 'HEX')] if type.startswith(kind) %}
    {{ return("to_varchar(" ~ column ~ ", '" ~ format ~ "')") }}
  {% endfor %}
  {% if kura.is_no_text(type) %}
    {{ return(kura.null_text()) }}
  {% elif ' collate ' in type %}
    {{ return("collate(" ~ column ~ ", '')") }}
  {% elif type.startswith('array') or type.startswith('object') or type.startswith('map') %}
    {{ return("to_json(to_variant(" ~ column ~ "))") }}
  {% endif %}
  {# a text in a variant without its quotes, all else as JSON #}
  {{ return("cast(" ~ column ~ " as varchar)" if not type.startswith('variant') else
      "iff(typeof(" ~ column ~ ") = 'VARCHAR', cast(" ~ column ~ " as varchar), to_json(" ~ column ~ "))") }}
{% endmacro %}

{#- Whether a type of Snowflake's has values that neither are texts nor go into a VARIANT. -#}
{% macro is_no_text(type) %}
  {{ return(modules.re.match('vector|geography|geometry|file', type) is not none) }}
{% endmacro %}

{#- Whether a text holds a sentence, however either is spaced and written large; a sentence that was cut may end in "…". -#}
{% macro is_said_in(sentence, text) -%}
  {{ sentence }} is not null
  and contains({{ kura.squeezed(text) }}, {{ kura.squeezed("rtrim(" ~ sentence ~ ", '…')") }})
{%- endmacro %}

{#- A text with single spaces and in small letters. -#}
{% macro squeezed(text) %}
  {{ return(adapter.dispatch('squeezed', 'kura')(text)) }}
{% endmacro %}

{% macro default__squeezed(text) %}
  {{ return("trim(regexp_replace(lower(" ~ text ~ "), '[[:space:]]+', ' '))") }}
{% endmacro %}

{% macro duckdb__squeezed(text) %}
  {{ return("trim(regexp_replace(lower(" ~ text ~ "), '\\s+', ' ', 'g'))") }}
{% endmacro %}

{#- A whole number with a comma before every three digits. -#}
{% macro grouped_digits(number) %}
  {{ return(adapter.dispatch('grouped_digits', 'kura')(number)) }}
{% endmacro %}

{% macro default__grouped_digits(number) %}
  {% set turned = "regexp_replace(reverse(cast(" ~ number ~ " as varchar)), '([0-9]{3})', '\\\\1,')" %}
  {{ return("regexp_replace(reverse(" ~ turned ~ "), '^,')") }}
{% endmacro %}

{% macro duckdb__grouped_digits(number) %}
  {{ return("format('{:,}', " ~ number ~ ")") }}
{% endmacro %}

{#- A step of a path into JSON, as DuckDB writes it. -#}
{% macro json_step(key) %}
  {{ return('."' ~ key | replace('\\', '\\\\') | replace('"', '\\"') ~ '"') }}
{% endmacro %}

{#- The value under a key of a JSON object as text: strings unquoted, everything else as JSON. -#}
{% macro json_text(json, key) %}
  {{ return(adapter.dispatch('json_text', 'kura')(json, key)) }}
{% endmacro %}

{% macro duckdb__json_text(json, key) %}
  {{ return("json_extract_string(" ~ json ~ ", " ~ kura.quoted('$' ~ kura.json_step(key)) ~ ")") }}
{% endmacro %}

{#- Not as `:"key"`: what stands in double quotes an account may have in capital letters (QUOTED_IDENTIFIERS_IGNORE_CASE). -#}
{% macro snowflake__json_text(json, key) %}
  {{ return("cast(" ~ json ~ "[" ~ kura.quoted(key) ~ "] as varchar)") }}
{% endmacro %}

{#- A text's fingerprint; the parts are kept apart so that ('a', 'bc') and ('ab', 'c') differ. What is null is left out. -#}
{% macro fingerprint(parts) %}
  {{ return(adapter.dispatch('fingerprint', 'kura')(parts)) }}
{% endmacro %}

{% macro default__fingerprint(parts) -%}
  md5(concat_ws('|', {{ parts | join(', ') }}))
{%- endmacro %}

{#- There, concat_ws gives null as soon as one part is null. -#}
{% macro snowflake__fingerprint(parts) -%}
  md5(
    {%- if parts | length == 1 -%}
      coalesce({{ parts[0] }}, '')
    {%- else -%}
      {%- for part in parts %}coalesce(cast({{ part }} as varchar) || '|', ''){{ ' || ' if not loop.last }}{% endfor -%}
    {%- endif -%}
  )
{%- endmacro %}

{#- JSON that is held as text, as `json_text` takes it. -#}
{% macro parsed_json(text) %}
  {{ return(adapter.dispatch('parsed_json', 'kura')(text)) }}
{% endmacro %}

{% macro duckdb__parsed_json(text) %}{{ return(text) }}{% endmacro %}

{% macro snowflake__parsed_json(text) %}{{ return('parse_json(' ~ text ~ ')') }}{% endmacro %}

{#- The number under a key of a JSON object that is held as text. -#}
{% macro json_number(json, key) %}
  {{ return(adapter.dispatch('json_number', 'kura')(json, key)) }}
{% endmacro %}

{% macro duckdb__json_number(json, key) -%}
  cast(json_extract_string({{ json }}, '$.{{ key }}') as double)
{%- endmacro %}

{% macro snowflake__json_number(json, key) -%}
  cast(parse_json({{ json }}):{{ key }} as double)
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

{% macro snowflake__unnest_list(relation, column, facet) %}
    select
        listed.conversation_id,
        listed.cluster_id,
        '{{ facet }}' as facet,
        cast(entry.value as varchar) as value
    from {{ relation }} as listed,
    lateral flatten(input => split(listed.{{ column }}, ', ')) as entry
    where listed.{{ column }} is not null
{% endmacro %}
