{#-
  How a table in between is materialized: in DuckDB it is replaced by one statement, for which dbt's `table` takes eight (it makes another
  one, and renames both). Elsewhere, and where a project's own grants are to be seen to, it is dbt's `table`.
-#}
{% materialization replaced_table, default %}
  {%- set existing = load_cached_relation(this) -%}
  {%- set is_other = existing is not none and not existing.is_table -%}
  {%- if adapter.type() != 'duckdb' or is_other or config.get('grants') or kura.is_in_postgres(this.database) -%}
    {{ return(context['materialization_table_' ~ adapter.type()]()) }}
  {%- endif -%}
  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}
  {% call statement('main') %}
    create or replace table {{ this }} as (
      {{ compiled_code }}
    )
  {% endcall %}
  {% do persist_docs(this.incorporate(type='table'), model) %}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}
