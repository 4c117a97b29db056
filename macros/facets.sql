{#- The columns of conversations that are counted in clusters, value by value. -#}
{% macro counted_columns() %}
  {{ return(['conversation_length', 'concerning_score', 'user_frustration', 'outcome', 'issue_side']) }}
{% endmacro %}

{#- The facets of `fct_kura__cluster_facets` that are Kura's own: no column that goes along may have the name of one. -#}
{% macro built_in_facets() %}
  {{ return(['language'] + kura.counted_columns() + ['tool']) }}
{% endmacro %}
