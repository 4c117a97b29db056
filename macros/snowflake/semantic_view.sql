{#-
  Makes a semantic view over the public tables, of what the semantic layer says of them: Cortex Analyst and other tools inside
  Snowflake answer questions in words by it.

      dbt run-operation kura_semantic_view --vars '{kura_semantic_layer: true, kura_time_spine: true}'
-#}
{% macro kura_semantic_view(name='kura_topics') %}
  {{ return(adapter.dispatch('kura_semantic_view', 'kura')(name)) }}
{% endmacro %}

{% macro default__kura_semantic_view(name) %}
  {% do log("There are no semantic views on " ~ target.type ~ ".", info=true) %}
{% endmacro %}

{% macro snowflake__kura_semantic_view(name) %}
  {% if not var('kura_semantic_layer') %}
    {% do exceptions.raise_compiler_error(
        "The semantic view is made of the semantic layer, which is off: dbt run-operation kura_semantic_view --vars '{kura_semantic_layer: true, kura_time_spine: true}'.") %}
  {% endif %}
  {% set view = target.database ~ '.' ~ target.schema ~ '.' ~ name %}
  {% do run_query(kura.semantic_view_sql(view)) %}
  {% do log("The semantic view " ~ view ~ " is there. Readers need: grant select on semantic view " ~ view ~ " to role ...", info=true) %}
{% endmacro %}

{% macro semantic_view_sql(view) %}
  {% set models = graph.semantic_models.values() | selectattr('package_name', 'equalto', 'kura')
      | rejectattr('config.meta.is_in_semantic_view', 'equalto', false) | sort(attribute='name') %}
  {% set tables, relationships, dimensions, metrics, primary, aggregates = [], [], [], [], {}, {} %}
  {% for model in models %}
    {% for entity in model.entities if entity.type == 'primary' %}
      {% do primary.update({entity.name: model}) %}
    {% endfor %}
  {% endfor %}
  {% for model in models %}
    {% set table = kura.logical_name(model.name) %}
    {% set keys = model.entities | selectattr('type', 'equalto', 'primary') | map(attribute='expr') | list %}
    {% do tables.append(table ~ ' as ' ~ model.node_relation.relation_name
        ~ (' primary key (' ~ keys[0] ~ ')' if keys else '') ~ kura.semantic_comment(model.description)) %}
    {% for entity in model.entities if entity.type == 'foreign' and entity.name in primary %}
      {% set other = kura.logical_name(primary[entity.name].name) %}
      {% do relationships.append(table ~ '_to_' ~ other ~ ' as ' ~ table ~ ' (' ~ entity.expr ~ ') references ' ~ other) %}
    {% endfor %}
    {% for dimension in model.dimensions %}
      {% do dimensions.append(table ~ '.' ~ dimension.name ~ ' as ' ~ table ~ '.' ~ (dimension.expr or dimension.name) ~ kura.semantic_comment(dimension.description)) %}
    {% endfor %}
    {% for measure in model.measures %}
      {% do aggregates.update({measure.name: {'table': table, 'sql': kura.aggregate(measure, keys)}}) %}
    {% endfor %}
  {% endfor %}
  {% for metric in graph.metrics.values() | selectattr('package_name', 'equalto', 'kura') | sort(attribute='name') %}
    {% if metric.type in ['simple', 'ratio'] and (metric.type == 'ratio' or metric.type_params.measure.name in aggregates) %}
      {% set parts = [] %}
      {% for each in ([metric.type_params.numerator, metric.type_params.denominator] if metric.type == 'ratio' else [metric]) %}
        {% set simple = graph.metrics['metric.kura.' ~ each.name] %}
        {% do parts.append(aggregates[simple.type_params.measure.name]) %}
      {% endfor %}
      {% set sql = parts[0].sql ~ (' / nullif(' ~ parts[1].sql ~ ', 0)' if parts | length > 1 else '') %}
      {% do metrics.append(parts[0].table ~ '.' ~ kura.logical_name(metric.name) ~ ' as ' ~ sql ~ kura.semantic_comment(metric.description)) %}
    {% endif %}
  {% endfor %}
create or replace semantic view {{ view }}
  tables (
    {{ tables | join(',\n    ') }}
  )
  relationships (
    {{ relationships | join(',\n    ') }}
  )
  dimensions (
    {{ dimensions | join(',\n    ') }}
  )
  metrics (
    {{ metrics | join(',\n    ') }}
  )
  comment = 'Topics of conversations, as Kura has found them'
  ai_sql_generation 'A topic is a cluster. Each conversation is in one cluster at the end of a branch, whose level_0_name is the topic at the top: group by that for topics, by path for the finest ones. Topics that are few people''s are merged into others, so that names may be missing.'
  copy grants
{% endmacro %}

{#- What a table or a metric is called in the view, where everything is of Kura. -#}
{% macro logical_name(name) %}{{ return(name | replace('kura_', '')) }}{% endmacro %}

{% macro semantic_comment(text) %}{{ return(" comment = " ~ kura.quoted(text) if text else '') }}{% endmacro %}

{#- A measure as an aggregate; a sum of ones is a count of rows, which a table that is joined would multiply. -#}
{% macro aggregate(measure, keys) %}
  {% if measure.agg == 'sum' and measure.expr == '1' %}
    {{ return('count(distinct ' ~ keys[0] ~ ')') }}
  {% endif %}
  {{ return({'sum': 'sum(', 'average': 'avg(', 'count_distinct': 'count(distinct '}[measure.agg] ~ (measure.expr or measure.name) ~ ')') }}
{% endmacro %}
