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

{#- The inner product of two vectors: of two of length 1, their cosine. -#}
{% macro inner_product(left, right) %}
  {{ return(adapter.dispatch('inner_product', 'kura')(left, right)) }}
{% endmacro %}

{% macro duckdb__inner_product(left, right) -%}
  cast(list_inner_product({{ left }}, {{ right }}) as double)
{%- endmacro %}

{% macro snowflake__inner_product(left, right) -%}
  cast(vector_inner_product({{ left }}, {{ right }}) as double)
{%- endmacro %}

{#- How many numbers a vector has. -#}
{% macro vector_length(vector) %}
  {{ return(adapter.dispatch('vector_length', 'kura')(vector)) }}
{% endmacro %}

{% macro duckdb__vector_length(vector) %}
  {{ return('len(' ~ vector ~ ')') }}
{% endmacro %}

{% macro snowflake__vector_length(vector) %}
  {{ return('array_size(cast(' ~ vector ~ ' as array))') }}
{% endmacro %}
