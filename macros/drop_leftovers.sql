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
        {%- if model %}
        and database_name = {{ kura.quoted(model.database) }} -- a hook of a model may write to no other one
        {%- endif %}
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

{#-
  Drops what has rows of conversations and is made no more, as its part or setting is switched off: nothing would take out of it what is
  deleted upstream. Each stood beside another model of ours. `drop_parts` does so with public tables.
-#}
{% macro drop_switched_off() %}
  {% for name, neighbour in {
      'stg_kura__tool_calls': 'stg_kura__messages',
      'int_kura__facet_values': 'int_kura__summaries',
      'int_kura__nameless_texts': 'int_kura__summaries',
      'int_kura__cluster_examples': 'int_kura__conversations',
      'int_kura__tool_calls': 'int_kura__conversations',
  }.items() if kura.is_run() and not kura.is_trial() and 'model.kura.' ~ name not in graph.nodes %}
    {% set home = graph.nodes['model.kura.' ~ neighbour] %}
    {% set table = adapter.get_relation(home.database, home.schema, name) %}
    {% if table and table.is_table %}
      {% do adapter.drop_relation(table) %}
    {% endif %}
  {% endfor %}
{% endmacro %}
