{#-
  A lake keeps what was there before. What has been deleted upstream must not stay in it: then its history begins anew with this
  run. Otherwise it reaches back `kura_keep_days`, or to its beginning.
-#}
{% macro forget_history(results) %}
  {{ return(adapter.dispatch('forget_history', 'kura')(results)) }}
{% endmacro %}

{% macro default__forget_history(results) %}{% endmacro %}

{% macro duckdb__forget_history(results) %}
  {% set published = results
      | selectattr('node.unique_id', 'equalto', 'model.kura.kura_publications') | selectattr('status', 'equalto', 'success') | list %}
  {% set table = kura.built_relation('kura_publications') if published and not kura.is_trial() else none %}
  {% if table and adapter.is_ducklake(table) %}
    {% set lake = kura.quoted(table.database) %}
    {% set gone = run_query('select gone_count from ' ~ kura.built_relation('int_kura__steadiness')).rows[0][0] %}
    {% if gone %}
      {# rows that are deleted stand in the files until those are written anew #}
      {% do run_query('call ducklake_flush_inlined_data(' ~ lake ~ ')') %}
      {% do run_query('call ducklake_rewrite_data_files(' ~ lake ~ ', delete_threshold => 0)') %}
      {{ kura.expire_before(lake, 'now()') }}
      {{ log('Kura: ' ~ gone ~ ' conversations are gone from the input, so the history of the lake begins anew.', info=true) }}
    {% elif var('kura_keep_days') is not none %}
      {{ kura.expire_before(lake, 'now() - interval ' ~ var('kura_keep_days') ~ ' day') }}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- Forgets the states of a lake before a moment, and deletes the files that only they need. -#}
{% macro expire_before(lake, moment) %}
  {% do run_query('call ducklake_expire_snapshots(' ~ lake ~ ', older_than => ' ~ moment ~ ')') %}
  {% do run_query('call ducklake_cleanup_old_files(' ~ lake ~ ', cleanup_all => true)') %}
{% endmacro %}
