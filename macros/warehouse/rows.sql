{#- Numbers the rows of the input, from 1: as they come where they come in an order, else by what they hold. -#}
{% macro source_row_number(fields) %}
  {{ return(adapter.dispatch('source_row_number', 'kura')(fields)) }}
{% endmacro %}

{% macro default__source_row_number(fields) -%}
  row_number() over ()
{%- endmacro %}

{#-
  A table has no order there, but equal tables must get equal numbers. Beginnings of texts and a hash are sorted instead of all the
  text: what is alike in them is, but for one pair in 10^19, alike.
-#}
{% macro snowflake__source_row_number(fields) -%}
  row_number() over (
    order by {% for field in fields %}left({{ field }}, 64), {% endfor %}hash({{ fields | join(', ') }})
  )
{%- endmacro %}

{#- The name that a column has in the catalog when nobody puts it into quotes. -#}
{% macro stored_name(name) %}
  {{ return(adapter.dispatch('stored_name', 'kura')(name)) }}
{% endmacro %}

{% macro default__stored_name(name) %}{{ return(name) }}{% endmacro %}

{% macro snowflake__stored_name(name) %}{{ return(name | upper) }}{% endmacro %}

{#- Whether a table has a column: one that an earlier version of Kura has made may lack it. -#}
{% macro has_column(relation, name) %}
  {{ return(name in adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list) }}
{% endmacro %}
