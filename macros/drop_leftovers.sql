{#- dbt-duckdb leaves a table behind each time that an incremental Python model runs; this drops them. -#}
{% macro drop_leftovers() %}
  {{ return(adapter.dispatch('drop_leftovers', 'kura')()) }}
{% endmacro %}

{% macro default__drop_leftovers() %}{% endmacro %}

{#- Of our models alone, and where they can be: dbt-duckdb gives them no schema, so they land in the current one. -#}
{% macro duckdb__drop_leftovers() %}
  {% set models = graph.nodes.values()
      | selectattr('resource_type', 'equalto', 'model') | selectattr('package_name', 'equalto', 'kura')
      | selectattr('language', 'equalto', 'python') | list if execute else [] %}
  {% if models %}
    {% set leftovers %}
      select format('"{}"."{}"."{}"', database_name, schema_name, table_name)
      from duckdb_tables()
      where
        regexp_full_match(table_name, '({{ models | map(attribute='alias') | join('|') }})__dbt_tmp\d*')
        and (database_name, schema_name) in (
          (current_database(), current_schema())
          {%- for model in models -%}
          , ({{ kura.quoted(model.database) }}, {{ kura.quoted(model.schema) }})
          {%- endfor -%}
        )
    {% endset %}
    {% for row in run_query(leftovers).rows %}
      {% do run_query('drop table if exists ' ~ row[0]) %}
    {% endfor %}
  {% endif %}
{% endmacro %}
