{#- The type of a column of vectors, of any length. -#}
{% macro type_vector() %}
  {{ return(adapter.dispatch('type_vector', 'kura')()) }}
{% endmacro %}

{% macro duckdb__type_vector() %}
  {{ return('float[]') }}
{% endmacro %}

{% macro snowflake__type_vector() %}
  {{ return('array') }}
{% endmacro %}

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
