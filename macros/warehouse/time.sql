{#- Now, in UTC, without a zone. -#}
{% macro now() %}
  {{ return(adapter.dispatch('now', 'kura')()) }}
{% endmacro %}

{% macro duckdb__now() -%}
  (now() at time zone 'UTC')
{%- endmacro %}

{% macro seconds_between(earlier, later) %}
  {{ return(adapter.dispatch('seconds_between', 'kura')(earlier, later)) }}
{% endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
  (epoch_ms({{ later }}) - epoch_ms({{ earlier }})) / 1000.0
{%- endmacro %}
