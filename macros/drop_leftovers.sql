{#- dbt-duckdb leaves a table behind each time that an incremental Python model runs; this drops them. -#}
{% macro drop_leftovers() %}
  {{ return(adapter.dispatch('drop_leftovers', 'kura')()) }}
{% endmacro %}

{% macro default__drop_leftovers() %}{% endmacro %}

{% macro duckdb__drop_leftovers() %}
  {% if execute %}
    {% set leftovers %}
      select format('"{}"."{}"."{}"', database_name, schema_name, table_name)
      from duckdb_tables()
      where database_name = '{{ target.database }}' and regexp_matches(table_name, '^int_kura__.*__dbt_tmp\d*$')
    {% endset %}
    {% for row in run_query(leftovers).rows %}
      {% do run_query('drop table if exists ' ~ row[0]) %}
    {% endfor %}
  {% endif %}
{% endmacro %}
