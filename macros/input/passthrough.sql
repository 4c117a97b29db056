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

{#- Words that can't be the name of a column which nobody quotes. -#}
{% macro words_of_sql() %}{{ return(adapter.dispatch('words_of_sql', 'kura')().split()) }}{% endmacro %}

{% macro default__words_of_sql() %}
  {{ return(
      "all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate collation column"
      " concurrently constraint create cross default deferrable desc describe distinct do else end except false fetch for foreign freeze from"
      " full glob group having ilike in initially inner intersect into is isnull join lambda lateral leading left like limit natural not"
      " notnull null offset on only or order outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify references"
      " returning right select semi show similar some summarize symmetric table tablesample then to trailing true union unique unpack unpivot"
      " using variadic verbose when where window with"
  ) }}
{% endmacro %}

{% macro snowflake__words_of_sql() %}
  {{ return(
      "all alter and any as between by case cast check column connect create cross current current_date current_time current_timestamp"
      " current_user delete distinct drop else exists false following for from full grant group having ilike in increment inner insert"
      " intersect into is join lateral left like localtime localtimestamp minus natural not null of on or order qualify regexp revoke right"
      " rlike row rows sample select set some start table tablesample then to trigger true try_cast union unique update using values when"
      " whenever where with"
  ) }}
{% endmacro %}

{#- What is wrong with `kura_passthrough_columns`, in words, or none. -#}
{% macro passthrough_problem() %}
  {% set taken = ['conversation_id', 'cluster_id'] + kura.built_in_facets() + var('kura_facets') | map(attribute='name') | list %}
  {% set seen = [] %}
  {% for entry in var('kura_passthrough_columns') %}
    {% if entry is not string and not (entry is mapping and entry | length == 1 and entry.values() | first is string) %}
      {{ return("holds " ~ kura.shown(entry) ~ ", but each entry must be the name of a column, or {your_name: column}") }}
    {% endif %}
    {% set name, column = (entry.items() | first) if entry is mapping else (kura.identifier(entry), entry) %}
    {% if not modules.re.fullmatch('[a-z][a-z0-9_]*', name) %}
      {{ return("makes a column `" ~ name ~ "`; give it a name of small letters, digits and _, e.g. {plan: " ~ kura.shown(column) ~ "}") }}
    {% elif name in taken %}
      {{ return("makes a column `" ~ name ~ "`, a name that Kura or a facet of yours has; give it another, e.g. {my_" ~ name ~ ": " ~ column ~ "}") }}
    {% elif name in kura.words_of_sql() %}
      {{ return("makes a column `" ~ name ~ "`, a word of SQL; give it another name, e.g. {my_" ~ name ~ ": " ~ column ~ "}") }}
    {% elif name | length > 63 and kura.is_in_postgres(target.database) %}
      {{ return("makes a column `" ~ name ~ "`, which Postgres would cut at 63 letters; give it a shorter name, e.g. {my_column: ...}") }}
    {% elif name in seen %}
      {{ return("makes the column `" ~ name ~ "` twice; give one of them another name, e.g. {my_" ~ name ~ ": ...}") }}
    {% endif %}
    {% do seen.append(name) %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#-
  Maps the name of each column that goes along to an expression (JSON). It is a column, a path, or a key of the metadata; what the
  input doesn't have is an error.
-#}
{% macro passthrough_columns(source, types) %}
  {% set metadata = var('kura_columns').get('metadata', 'metadata') %}
  {% set found = {} %}
  {% for name, column in kura.passthrough_names().items() %}
    {% set place = kura.place(source, types, column) %}
    {% set place = place if place and not place.missing else kura.place(source, types, metadata ~ '.' ~ column) %}
    {% if not place or place.missing %}
      {% do exceptions.raise_compiler_error(
          "kura_passthrough_columns names `" ~ column ~ "`, but kura_input `" ~ source.name ~ "` has only "
          ~ kura.columns_shown(source, types)
          ~ (", and in its " ~ place.inside ~ " " ~ place['keys'] | join(', ') if place and place['keys'] else "") ~ ".") %}
    {% elif place.steps %}
      {% do found.update({name: kura.json_at(kura.column_json(source, place.column, types[place.column]), place.steps)}) %}
    {% else %}
      {% do found.update({name: kura.json_value(source, place.column, types[place.column])}) %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- A column of the input as it goes into a JSON object. -#}
{% macro json_value(source, column, type) %}
  {{ return(adapter.dispatch('json_value', 'kura')(source, column, type)) }}
{% endmacro %}

{% macro default__json_value(source, column, type) %}
  {{ return(kura.quoted_name(column)) }}
{% endmacro %}

{#- CSV has no types, so that there a number is what is written like one; 007 is none. JSON knows no infinite numbers. -#}
{% macro duckdb__json_value(source, column, type) %}
  {% if source.is_json %}
    {{ return(kura.json_at('raw_json', [column])) }}
  {% endif %}
  {% set value = kura.quoted_name(column) %}
  {% if source.is_untyped %}
    {{ return("case when regexp_full_match(" ~ value ~ ", '-?(0|[1-9][0-9]*)([.][0-9]+)?|true|false') then cast(" ~ value ~ " as json)"
        ~ " else to_json(" ~ value ~ ") end") }}
  {% elif type in ['float', 'double'] %}
    {{ return("case when isfinite(" ~ value ~ ") then " ~ value ~ " end") }}
  {% endif %}
  {{ return(value) }}
{% endmacro %}

{#- In JSON days and points in time would be written as the session's formats say; some types can't stand in it. -#}
{% macro snowflake__json_value(source, column, type) %}
  {% set is_of_json = modules.re.match('variant|array|object|map|number|fixed|float|real|boolean', type) %}
  {{ return(adapter.quote(column) if is_of_json else kura.as_text(adapter.quote(column), type)) }}
{% endmacro %}

{#- Named expressions as one JSON object, held as text; null where there are none. -#}
{% macro as_object(named) %}
  {{ return(kura.json_to_text(kura.json_object(named.items())) if named else kura.null_text()) }}
{% endmacro %}

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
  {{ kura.redacted(value) }}
  {%- endif -%}
{%- endmacro %}
