{#-
  What is deleted stays in the bytes of a DuckDB file until they are used again. With `kura_compact: auto` the file is rewritten
  after a build that has found conversations gone from the input: when dbt has ended, because as long as it runs it holds the file.
-#}
{% macro compact(results) %}
  {% if execute and var('kura_compact') == 'auto' and flags.WHICH in ['build', 'run', 'retry'] and not kura.is_trial() %}
    {{ return(adapter.dispatch('compact', 'kura')(results)) }}
  {% endif %}
{% endmacro %}

{% macro default__compact(results) %}{% endmacro %}

{% macro duckdb__compact(results) %}
  {% set published = results
      | selectattr('node.unique_id', 'equalto', 'model.kura.kura_publications') | selectattr('status', 'equalto', 'success') | list %}
  {% set table = kura.built_relation('kura_publications') if published else none %}
  {% if table %}
    {% set file %}
      select path from duckdb_databases()
      where database_name = {{ kura.quoted(table.database) }} and type = 'duckdb' and path is not null
    {% endset %}
    {% set gone = run_query('select gone_count from ' ~ kura.built_relation('int_kura__steadiness')).rows[0][0] %}
    {% for row in run_query(file).rows if gone %}
      {% do run_query('select kura_compact_at_end(' ~ kura.quoted(row[0]) ~ ')') %}
      {{ log('Kura: ' ~ gone ~ ' conversations are gone from the input, so the file is rewritten when dbt has ended.', info=true) }}
    {% endfor %}
  {% endif %}
{% endmacro %}
