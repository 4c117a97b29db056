{#-
  How a table in between is materialized: in DuckDB it is replaced by one statement, for which dbt's `table` takes eight (it makes another
  one, and renames both). Elsewhere, and where a project's own grants are to be seen to, it is dbt's `table`.
-#}
{% materialization replaced_table, default %}
  {{ return(context['materialization_table_' ~ adapter.type()]()) }}
{% endmaterialization %}

{% materialization replaced_table, adapter='duckdb' %}
  {%- set existing, table = load_cached_relation(this), this.incorporate(type='table') -%}
  {%- if existing and not existing.is_table or config.get('grants') or kura.is_in_postgres(this.database) -%}
    {{ return(dbt.materialization_table_duckdb()) }}
  {%- endif -%}
  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}
  {% call statement('main') %}
    create or replace table {{ table }} as (
      {{ compiled_code }}
    )
  {% endcall %}
  {% do persist_docs(table, model) %}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [table]}) }}
{% endmaterialization %}
