{#-
  What is deleted stays in the bytes of a DuckDB file until they are used again, and in the history of a lake. A run that finds
  conversations gone from the input notes that in the run log when it publishes, and its end sees to it that nothing holds them any more:
  with `kura_compact: auto` the file is rewritten, and a lake's history begins anew. Where the end was not reached (dbt skips our hooks
  after one of somebody else's that has failed), the note is still there for the next run.
-#}
{% macro note_gone(steadiness, log) %}
  {% if kura.works_on_all() and target.type == 'duckdb' %}
    insert into {{ log }} (run_id, stage, recorded_at, figures)
    select
        '{{ invocation_id }}' as run_id,
        'gone' as stage,
        {{ kura.now() }} as recorded_at,
        json_object('gone', gone_count) as figures
    from {{ steadiness }}
    where gone_count > 0
  {% endif %}
{% endmacro %}

{% macro forget_gone() %}
  {{ return(adapter.dispatch('forget_gone', 'kura')()) }}
{% endmacro %}

{% macro default__forget_gone() %}{% endmacro %}

{% macro duckdb__forget_gone() %}
  {% set looks = kura.is_run() and not kura.is_trial() %}
  {% set table, run_log = kura.built_relation('kura_publications'), kura.built_relation('kura_run_log') %}
  {% if looks and table and run_log %}
    {% set noted = "select coalesce(sum((figures ->> 'gone')::bigint), 0) from " ~ run_log ~ " where stage = 'gone'" %}
    {% set gone = run_query(noted).rows[0][0] | int %}
    {% if adapter.is_ducklake(table) %}
      {% do kura.forget_history(kura.quoted(table.database), gone) %}
    {% elif gone and var('kura_compact') == 'auto' %}
      {% do kura.compact(table.database, gone) %}
    {% endif %}
    {% if gone and (adapter.is_ducklake(table) or var('kura_compact') == 'auto') %}
      delete from {{ run_log }} where stage = 'gone'
    {% endif %}
  {% endif %}
{% endmacro %}

{#- The history of a lake reaches back to the last deletion, or else `kura_keep_days`, or to its beginning. -#}
{% macro forget_history(lake, gone) %}
  {% if gone %}
    {# rows that are deleted stand in the files until those are written anew #}
    {% do run_query('call ducklake_flush_inlined_data(' ~ lake ~ ')') %}
    {% do run_query('call ducklake_rewrite_data_files(' ~ lake ~ ', delete_threshold => 0)') %}
    {% do kura.expire_before(lake, 'now()') %}
    {% do log('Kura: ' ~ gone ~ ' conversations are gone from the input, so the history of the lake begins anew.', info=true) %}
  {% elif var('kura_keep_days') is not none %}
    {% do kura.expire_before(lake, 'now() - interval ' ~ var('kura_keep_days') ~ ' day') %}
  {% endif %}
{% endmacro %}

{#- Forgets the states of a lake before a moment, and deletes the files that only they need. -#}
{% macro expire_before(lake, moment) %}
  {% do run_query('call ducklake_expire_snapshots(' ~ lake ~ ', older_than => ' ~ moment ~ ')') %}
  {% do run_query('call ducklake_cleanup_old_files(' ~ lake ~ ', cleanup_all => true)') %}
{% endmacro %}

{#- Has the file of a database rewritten when dbt has ended, because as long as it runs it holds the file. -#}
{% macro compact(database, gone) %}
  {% set file %}
    select path from duckdb_databases()
    where database_name = {{ kura.quoted(database) }} and type = 'duckdb' and path is not null
  {% endset %}
  {% for row in run_query(file).rows %}
    {% do run_query('select kura_compact_at_end(' ~ kura.quoted(row[0]) ~ ')') %}
    {% do log('Kura: ' ~ gone ~ ' conversations are gone from the input, so the file is rewritten when dbt has ended.', info=true) %}
  {% endfor %}
{% endmacro %}
