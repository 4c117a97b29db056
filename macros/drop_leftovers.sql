{#-
  dbt-duckdb leaves a table behind each time that an incremental Python model runs; this drops those of a model when it is done, and
  at the end of a run those of all of ours: not there alone, because dbt skips our hooks when somebody's before them has failed.
-#}
{% macro drop_leftovers(model=none) %}
  {{ return(adapter.dispatch('drop_leftovers', 'kura')(model)) }}
{% endmacro %}

{% macro default__drop_leftovers(model) %}{% endmacro %}

{#- Of our models alone, and where they can be: dbt-duckdb gives them no schema, so they land in the current one. -#}
{% macro duckdb__drop_leftovers(model) %}
  {% set ours = graph.nodes.values()
      | selectattr('resource_type', 'equalto', 'model') | selectattr('package_name', 'equalto', 'kura')
      | selectattr('language', 'equalto', 'python') | list if execute else [] %}
  {% set models = ours | selectattr('unique_id', 'equalto', model.unique_id) | list if model else ours %}
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
