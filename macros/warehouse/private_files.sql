{#- While a build of our models runs, DuckDB makes its files for nobody else to read, if the warehouse is such a file. -#}
{% macro begin_private_files() %}
  {% if kura.is_run() %}
    {% do adapter.dispatch('private_files', 'kura')('kura_begin_private_files') %}
  {% endif %}
{% endmacro %}

{% macro end_private_files() %}
  {% if kura.is_run() %}
    {% do adapter.dispatch('private_files', 'kura')('kura_end_private_files') %}
  {% endif %}
{% endmacro %}

{% macro default__private_files(function) %}{% endmacro %}

{% macro duckdb__private_files(function) %}
  {% do run_query('select ' ~ function ~ '()') %}
{% endmacro %}
