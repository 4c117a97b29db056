{#- Says at the end of a run whose database turned out to be damaged what to do; DuckDB says only where. -#}
{% macro say_what_is_damaged(results) %}
  {{ return(adapter.dispatch('say_what_is_damaged', 'kura')(results)) }}
{% endmacro %}

{% macro default__say_what_is_damaged(results) %}{% endmacro %}

{% macro duckdb__say_what_is_damaged(results) %}
  {% set damaged = [] %}
  {% for result in results if 'Corrupt database' in (result.message or '') or 'Could not read enough bytes' in (result.message or '') %}
    {% do damaged.append(result.node.name) %}
  {% endfor %}
  {% if damaged %}
    {{ log('Kura: the file of the database is damaged (' ~ damaged | join(', ') ~ '). Put a backup in its place, or save what can still be'
        ~ ' read in a new file: docs/troubleshooting.md.', info=true) }}
  {% endif %}
{% endmacro %}
