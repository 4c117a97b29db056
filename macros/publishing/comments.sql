{#- Comments on the public tables where dbt can't make them: in Postgres, which takes them in its own words only. -#}
{% macro comment(results) %}
  {{ return(adapter.dispatch('comment', 'kura')(results)) }}
{% endmacro %}

{% macro default__comment(results) %}{% endmacro %}

{% macro duckdb__comment(results) %}
  {% set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list if execute else [] %}
  {% set models = kura.published_models() | selectattr('unique_id', 'in', built) | list if built else [] %}
  {% for model in models if kura.is_in_postgres(model.database) %}
    {% set table = adapter.quote(model.schema) ~ '.' ~ adapter.quote(model.alias) %}
    {% set statements = kura.comment_statements(table, model) | join('; ') %}
    {% do run_query('call postgres_execute(' ~ kura.quoted(model.database) ~ ', ' ~ kura.quoted(statements) ~ ')') %}
  {% endfor %}
{% endmacro %}

{#- Whether a database of DuckDB's is one that it has attached, of Postgres. -#}
{% macro is_in_postgres(database) %}
  {% set paths = (target.get('attach') or []) | selectattr('alias', 'equalto', database) | map(attribute='path') %}
  {{ return((paths | first or '').startswith('postgres:')) }}
{% endmacro %}

{#- What a model's YAML says of its table and columns, as statements on a table. -#}
{% macro comment_statements(table, model) %}
  {% set statements = ['comment on table ' ~ table ~ ' is ' ~ kura.quoted(model.description)] %}
  {% for column in model.columns.values() if column.description %}
    {% do statements.append(
        'comment on column ' ~ table ~ '.' ~ adapter.quote(column.name) ~ ' is ' ~ kura.quoted(column.description)) %}
  {% endfor %}
  {{ return(statements) }}
{% endmacro %}
