{#- 1 minus the cosine of two vectors: 0 for the same direction. -#}
{% macro cosine_distance(left, right) %}
  {{ return(adapter.dispatch('cosine_distance', 'kura')(left, right)) }}
{% endmacro %}

{% macro duckdb__cosine_distance(left, right) -%}
  cast(1 - list_cosine_similarity({{ left }}, {{ right }}) as double)
{%- endmacro %}

{% macro snowflake__cosine_distance(left, right) -%}
  cast(1 - vector_cosine_similarity({{ left }}, {{ right }}) as double)
{%- endmacro %}
