{#- The columns of conversations that are counted in clusters, value by value. -#}
{% macro counted_columns() %}
  {{ return(['conversation_length', 'concerning_score', 'user_frustration', 'outcome', 'issue_side']) }}
{% endmacro %}

{#- The facets of `fct_kura__cluster_facets` that are Kura's own: no column that goes along may have the name of one. -#}
{% macro built_in_facets() %}
  {{ return(['language'] + kura.counted_columns() + ['tool']) }}
{% endmacro %}

{#-
  Drops the columns of facets that have got another type since (`kura_facets`): dbt would force what is new into them, or fail. Their rows
  are made anew, whether this run comes to its end or not; what is paid for is stored beside them.
-#}
{% macro drop_retyped_facets(summaries) %}
  {% set table = adapter.get_relation(summaries.database, summaries.schema, summaries.identifier)
      if execute and var('kura_facets') and not kura.is_trial() else none %}
  {# not by the adapter, which would begin a transaction that does not see what the model makes #}
  {% set types, statements = kura.types_of_columns([table])[table | string] if table else {}, [] %}
  {% for facet in var('kura_facets') if facet.name in types %}
    {% set type = types[facet.name] | lower %}
    {% set kind = 'boolean' if 'bool' in type else ('text' if 'char' in type or 'text' in type else 'integer') %}
    {% if kind != (facet.type if facet.type in ['integer', 'boolean'] else 'text') %}
      {% do log('Kura: the facet `' ~ facet.name ~ '` has another type than before, and is asked for anew.', info=true) %}
      {% do statements.append('alter table ' ~ table ~ ' drop column ' ~ facet.name) %}
    {% endif %}
  {% endfor %}
  {{ return((statements + ["update " ~ table ~ " set recipe = ''"]) | join('; ') if statements else '') }}
{% endmacro %}
