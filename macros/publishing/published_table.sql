{#-
  How a public table is materialized. dbt's `incremental` takes eleven statements to make one, and fourteen on each night to find that
  nothing is left to do, as `kura_publications` has filled it before. In DuckDB it takes one: a table that isn't there is made as its
  YAML describes it, and one that stands like that is left. All else, grants and hooks of a project's own too, is dbt's.
-#}
{% materialization published_table, default %}
  {{ return(context['materialization_incremental_' ~ adapter.type()]()) }}
{% endmaterialization %}

{% materialization published_table, adapter='duckdb' %}
  {%- set existing, made = load_cached_relation(this), {'relations': [this.incorporate(type='table')]} -%}
  {%- set is_plain = model.config.contract.enforced and not (config.get('grants') or pre_hooks or post_hooks or should_full_refresh()) -%}
  {%- if is_plain and existing is none -%}
    {% call statement('main') %}
      create table {{ this }} {{ get_table_columns_and_constraints() }};
      insert into {{ this }} {{ compiled_code }};
      {{ kura.comment_statements(this, model) | join('; ') if config.persist_relation_docs() }}
    {% endcall %}
    {% do adapter.commit() %}
    {{ return(made) }}
  {%- elif is_plain and existing.is_table and kura.is_as_described() -%}
    {{ return(made) }}
  {%- endif -%}
  {{ return(dbt.materialization_incremental_duckdb()) }}
{% endmaterialization %}

{#- Whether the current model's table has the columns, types and comments of its YAML. -#}
{% macro is_as_described() %}
  {% set stands_for_it = 'database_name = ' ~ kura.quoted(this.database) ~ ' and schema_name = ' ~ kura.quoted(this.schema)
      ~ ' and table_name = ' ~ kura.quoted(this.identifier) %}
  {% set is_told = config.persist_relation_docs() %}
  {% set rows = ["('', null, " ~ kura.quoted(model.description) ~ ')'] if is_told else [] %}
  {% for column in model.columns.values() %}
    {% set comment = kura.quoted(column.description) if is_told and column.description else 'null' %}
    {% do rows.append('(' ~ kura.quoted(column.name) ~ ', typeof(cast(null as ' ~ column.data_type ~ ')), ' ~ comment ~ ')') %}
  {% endfor %}
  {% call statement('main', fetch_result=true, auto_begin=false) %}
    with described(name, type, comment) as (
        values {{ rows | join(', ') }}
    ),

    found as (
        select column_name as name, data_type as type, comment
        from duckdb_columns()
        where {{ stands_for_it }}
        {%- if is_told %}
        union all
        select '', null, comment
        from duckdb_tables()
        where {{ stands_for_it }}
        {%- endif %}
    )

    select count(*)
    from described
    full join found using (name)
    where found.name is null or described.name is null
        or found.type is distinct from described.type or found.comment is distinct from described.comment
  {% endcall %}
  {{ return(load_result('main').data[0][0] == 0) }}
{% endmacro %}
