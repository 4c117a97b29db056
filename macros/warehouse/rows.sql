{#- Numbers the rows of the input, from 1: as they come where they come in an order, else by what they hold. -#}
{% macro source_row_number(fields) %}
  {{ return(adapter.dispatch('source_row_number', 'kura')(fields)) }}
{% endmacro %}

{% macro default__source_row_number(fields) -%}
  row_number() over ()
{%- endmacro %}

{#- A table has no order there, but equal tables must get equal numbers. -#}
{% macro snowflake__source_row_number(fields) -%}
  row_number() over (order by {{ fields | join(', ') }})
{%- endmacro %}

{#- The name that a column has in the catalog when nobody puts it into quotes. -#}
{% macro stored_name(name) %}
  {{ return(adapter.dispatch('stored_name', 'kura')(name)) }}
{% endmacro %}

{% macro default__stored_name(name) %}{{ return(name) }}{% endmacro %}

{% macro snowflake__stored_name(name) %}{{ return(name | upper) }}{% endmacro %}
