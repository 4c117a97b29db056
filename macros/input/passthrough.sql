{#- The names of the columns that go along, with the column of the input, or key of its metadata, that each one holds. -#}
{% macro passthrough_names() %}
  {% set names = {} %}
  {% for entry in var('kura_passthrough_columns') %}
    {% for name, column in (entry if entry is mapping else {kura.identifier(entry): entry}).items() %}
      {% do names.update({name: column}) %}
    {% endfor %}
  {% endfor %}
  {{ return(names) }}
{% endmacro %}

{#- The columns of `fct_kura__conversation_attributes`, beside the id: those of the input, and the user's own facets. -#}
{% macro attribute_names() %}
  {{ return((kura.passthrough_names() | list) + var('kura_facets') | map(attribute='name') | list) }}
{% endmacro %}

{#- A text as the name of a column that nobody has to quote. -#}
{% macro identifier(text) %}
  {{ return(modules.re.sub('[^a-z0-9]+', '_', text | string | lower) | trim('_')) }}
{% endmacro %}

{#- What is wrong with `kura_passthrough_columns`, in words, or none. -#}
{% macro passthrough_problem() %}
  {% set taken = ['conversation_id', 'cluster_id', 'language', 'conversation_length', 'concerning_score', 'user_frustration'] %}
  {% set taken = taken + var('kura_facets') | map(attribute='name') | list %}
  {% set seen = [] %}
  {% for entry in var('kura_passthrough_columns') %}
    {% if entry is not string and not (entry is mapping and entry | length == 1 and entry.values() | first is string) %}
      {{ return("holds " ~ (entry | tojson) ~ ", but each entry must be the name of a column, or {your_name: column}") }}
    {% endif %}
    {% set name = entry | list | first if entry is mapping else kura.identifier(entry) %}
    {% if not modules.re.fullmatch('[a-z][a-z0-9_]*', name) %}
      {{ return("makes a column `" ~ name ~ "`; give it a name of small letters, digits and _, e.g. {plan: " ~ (entry | tojson) ~ "}") }}
    {% elif name in taken %}
      {{ return("makes a column `" ~ name ~ "`, a name that Kura or a facet of yours has; give it another, e.g. {my_" ~ name ~ ": " ~ name ~ "}") }}
    {% elif name in seen %}
      {{ return("makes the column `" ~ name ~ "` twice; give one of them another name, e.g. {my_" ~ name ~ ": ...}") }}
    {% endif %}
    {% do seen.append(name) %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- Maps the name of each column that goes along to an expression; one that the input doesn't have is an error. -#}
{% macro passthrough_columns(source, types, metadata) %}
  {% set lowered = {} %}
  {% for column in types %}
    {% do lowered.update({column | lower: column}) %}
  {% endfor %}
  {% set found, keys = {}, namespace(known=none) %}
  {% for name, column in kura.passthrough_names().items() %}
    {% set theirs = lowered.get(column | lower) %}
    {% if theirs %}
      {% do found.update({name: kura.json_value(source, theirs, types[theirs])}) %}
    {% else %}
      {% set keys.known = keys.known if keys.known is not none else kura.metadata_keys(source, metadata) %}
      {% if column not in keys.known %}
        {% do exceptions.raise_compiler_error(
            "kura_passthrough_columns names `" ~ column ~ "`, but kura_input `" ~ source.name ~ "` has only " ~ types | join(', ')
            ~ (", and in its metadata " ~ keys.known | join(', ') if keys.known else "") ~ ".") %}
      {% endif %}
      {% do found.update({name: kura.json_member(metadata, column)}) %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- The keys of the metadata, of the first thousand rows that have any. -#}
{% macro metadata_keys(source, metadata) %}
  {% if metadata.startswith('cast(null') %}
    {{ return([]) }}
  {% endif %}
  {{ return(run_query(kura.select_keys("(select " ~ metadata ~ " as metadata from " ~ source.rows ~ ") as rows_with_metadata", 'metadata'))
      .columns[0].values() | list) }}
{% endmacro %}

{#- A select of the keys that the JSON objects in a column of text have. -#}
{% macro select_keys(relation, column) %}
  {{ return(adapter.dispatch('select_keys', 'kura')(relation, column)) }}
{% endmacro %}

{% macro duckdb__select_keys(relation, column) %}
  select distinct unnest(json_keys({{ column }})) as key
  from (
    select {{ column }} from {{ relation }}
    where case when json_valid({{ column }}) then json_type({{ column }}) end = 'OBJECT'
    limit 1000
  )
  order by key
{% endmacro %}

{% macro snowflake__select_keys(relation, column) %}
  select distinct entry.key as key
  from (
    select try_parse_json({{ column }}) as parsed from {{ relation }}
    where typeof(try_parse_json({{ column }})) = 'OBJECT'
    limit 1000
  ) as objects,
  lateral flatten(input => objects.parsed) as entry
  order by key
{% endmacro %}

{#- The value under a key of the JSON object in a column of text, as JSON; null where the text is no JSON. -#}
{% macro json_member(json, key) %}
  {{ return(adapter.dispatch('json_member', 'kura')(json, key)) }}
{% endmacro %}

{% macro duckdb__json_member(json, key) %}
  {{ return("case when json_valid(" ~ json ~ ") then json_extract(" ~ json ~ ", '$.\"" ~ key | replace("'", "''") | replace('"', '\\"') ~ "\"') end") }}
{% endmacro %}

{% macro snowflake__json_member(json, key) %}
  {{ return("get(try_parse_json(" ~ json ~ "), " ~ kura.quoted(key) ~ ")") }}
{% endmacro %}

{#- A column of the input as it goes into a JSON object. -#}
{% macro json_value(source, column, type) %}
  {{ return(adapter.dispatch('json_value', 'kura')(source, column, type)) }}
{% endmacro %}

{% macro default__json_value(source, column, type) %}
  {{ return(adapter.quote(column)) }}
{% endmacro %}

{#- CSV has no types, so that there a number is what is written like one; 007 is none. JSON knows no infinite numbers. -#}
{% macro duckdb__json_value(source, column, type) %}
  {% if source.is_json %}
    {{ return(kura.json_member('raw_json', column)) }}
  {% endif %}
  {% set value = adapter.quote(column) %}
  {% if source.is_untyped %}
    {{ return("case when regexp_full_match(" ~ value ~ ", '-?(0|[1-9][0-9]*)([.][0-9]+)?|true|false') then cast(" ~ value ~ " as json)"
        ~ " else to_json(" ~ value ~ ") end") }}
  {% elif type in ['float', 'double'] %}
    {{ return("case when isfinite(" ~ value ~ ") then " ~ value ~ " end") }}
  {% endif %}
  {{ return(value) }}
{% endmacro %}

{#- Named expressions as one JSON object, held as text; null where there are none. -#}
{% macro as_object(named) %}
  {% if not named %}
    {{ return('cast(null as ' ~ dbt.type_string() ~ ')') }}
  {% endif %}
  {{ return(adapter.dispatch('as_object', 'kura')(named)) }}
{% endmacro %}

{% macro duckdb__as_object(named) -%}
  cast(json_object({% for name, value in named.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}

{% macro snowflake__as_object(named) -%}
  to_json(object_construct({% for name, value in named.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}

{#- Which kind of value stands under a key of a JSON object that is held as text: integer, number, boolean, or text. -#}
{% macro json_kind(json, key) %}
  {{ return(adapter.dispatch('json_kind', 'kura')(json, key)) }}
{% endmacro %}

{% macro duckdb__json_kind(json, key) -%}
  case
    when json_type({{ json }}, '$.{{ key }}') in ('BIGINT', 'UBIGINT') then 'integer'
    when json_type({{ json }}, '$.{{ key }}') in ('HUGEINT', 'DOUBLE') then 'number'
    when json_type({{ json }}, '$.{{ key }}') = 'BOOLEAN' then 'boolean'
    else 'text'
  end
{%- endmacro %}

{% macro snowflake__json_kind(json, key) -%}
  case typeof(parse_json({{ json }}):{{ key }})
    when 'INTEGER' then 'integer'
    when 'DECIMAL' then 'number'
    when 'DOUBLE' then 'number'
    when 'BOOLEAN' then 'boolean'
    else 'text'
  end
{%- endmacro %}

{#-
  Maps the name of each column that goes along to what all its values are: integer, number, boolean, time or text. Nobody
  knows before they are staged; until then they are text.
-#}
{% macro passthrough_kinds(values) %}
  {% set kinds = {} %}
  {% for name in kura.passthrough_names() %}
    {% do kinds.update({name: 'text'}) %}
  {% endfor %}
  {% if kinds and kura.built_relation('stg_kura__attributes') %}
    {% set counted %}
      select
          attribute,
          case
              when min(kind) = max(kind) then min(kind)
              when count(case when kind not in ('integer', 'number') then 1 end) = 0 then 'number'
              else 'text'
          end as kind
      from {{ values }}
      group by attribute
    {% endset %}
    {% for row in run_query(counted).rows if row[0] in kinds %}
      {% do kinds.update({row[0]: row[1]}) %}
    {% endfor %}
  {% endif %}
  {{ return(kinds) }}
{% endmacro %}

{#- A select of one row per conversation with a column for each attribute, of the type that its values have. -#}
{% macro pivot_attributes(relation, values) -%}
select
        conversation_id
        {%- for name, kind in kura.passthrough_kinds(values).items() %},
        {{ kura.as_kind("max(case when attribute = '" ~ name ~ "' then value end)", kind) }} as {{ name }}
        {%- endfor %}
    from {{ relation }}
    group by conversation_id
{% endmacro %}

{#- A text as what `passthrough_kinds` says it is. No text leaves staging before it is redacted. -#}
{% macro as_kind(value, kind) -%}
  {%- if kind == 'integer' -%}
  cast({{ value }} as bigint)
  {%- elif kind == 'number' -%}
  cast({{ value }} as double)
  {%- elif kind == 'boolean' -%}
  cast({{ value }} as boolean)
  {%- elif kind == 'time' -%}
  {{ kura.as_timestamp(value) }}
  {%- else -%}
  {{ kura.udf('kura_redact') }}({{ value }})
  {%- endif -%}
{%- endmacro %}
