{#-
  A run as it announces itself in `kura_run_log`, before any of its stages begins. The input is not rendered: a hook may not name
  a model, which it can't depend on.
-#}
{% macro run_row() %}
  {% set told = [] %}
  {% for name, is_set in [('EMPTY', flags.EMPTY), ('SAMPLE', kura.is_sampled()), ('FULL_REFRESH', flags.FULL_REFRESH)] if is_set %}
    {% do told.append(name) %}
  {% endfor %}
  {% set unseen = kura.unseen_run() %}
  {% set works = (unseen is not none) if kura.is_retry() else kura.selects(['model.kura.int_', 'model.kura.stg_']) %}
  {% set is_whole = (unseen is none) or (unseen.is_whole if kura.is_retry() else not kura.unselected_results()) %}
  {% set figures = {
      'flags': told, 'works': works, 'is_whole': is_whole, 'is_retry': kura.is_retry(),
      'is_sample': kura.given_settings().get('kura_input') is none, 'provider': var('kura_provider'),
      'lens': kura.first_lens(), 'publish_path': var('kura_publish_path')
  } -%}
    select
        cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as run_id,
        cast('run' as {{ dbt.type_string() }}) as stage,
        cast({{ kura.now() }} as datetime) as recorded_at,
        cast({{ kura.quoted(figures | tojson) }} as {{ dbt.type_string() }}) as figures
{% endmacro %}

{#- What the last run before this one that was published has announced of itself; nothing where there is none. -#}
{% macro figures_of_last_published() %}
  {% set log, publications = kura.built_relation('kura_run_log'), kura.built_relation('kura_publications') %}
  {% set last_run %}
    select figures from {{ log }}
    where stage = 'run' and run_id <> '{{ invocation_id }}' and run_id in (select run_id from {{ publications }})
    order by recorded_at desc
    limit 1
  {% endset %}
  {% set figures = run_query(last_run).columns[0] | first if log and publications else none %}
  {{ return(fromjson(figures) if figures else {}) }}
{% endmacro %}

{#- Announces a run that may not build `kura_run_log` itself: `dbt retry`, or a few models. -#}
{% macro announce_run() %}
  {% set log = kura.built_relation('kura_run_log') if kura.is_run() else none %}
  {% if log %}
    insert into {{ log }} (run_id, stage, recorded_at, figures)
    {{ kura.run_row() }}
  {% elif kura.is_run() %}
    {% do kura.say_where_another_build_is() %}
  {% endif %}
{% endmacro %}

{#-
  Says at the start of a first build that the database has another one: where a schema was renamed, ids and names would begin anew, and
  what was paid for would be paid again.
-#}
{% macro say_where_another_build_is() %}
  {% set home = graph.nodes.get('model.kura.kura_run_log') %}
  {% set others %}
    select table_schema from {{ kura.tables_of_database(home.database) }}
    where table_name = {{ kura.quoted(kura.stored_name('kura_run_log')) }} and lower(table_schema) <> lower({{ kura.quoted(home.schema) }})
    order by 1
  {% endset %}
  {% set schemas = run_query(others).columns[0] | list if home else [] %}
  {% if schemas %}
    {% do log(
        'Kura: this is a first build in the schema ' ~ home.schema ~ '. Another build has its ids, names and paid answers in '
        ~ schemas | join(', ') ~ ': if it was to go on under another name, stop here and move them (docs/refreshes.md, "In another'
        ~ ' schema").', info=true) %}
  {% endif %}
{% endmacro %}

{#- What tells of the tables of a database; DuckDB tells of all that are attached. -#}
{% macro tables_of_database(database) %}
  {{ return(adapter.dispatch('tables_of_database', 'kura')(database)) }}
{% endmacro %}

{% macro default__tables_of_database(database) %}
  {{ return(api.Relation.create(database=database).information_schema('tables')) }}
{% endmacro %}

{% macro duckdb__tables_of_database(database) %}
  {{ return('(from information_schema.tables where table_catalog = ' ~ kura.quoted(database) ~ ') as found') }}
{% endmacro %}

{#-
  The checks of the start again, where a run has not announced itself: dbt skips our hooks after one of somebody else's that has failed,
  and builds all the same. Nothing is asked of a model, learned or published before `kura_run_log`, which calls this. In a first build
  there is no log that could say it, and so it is done twice.
-#}
{% macro make_up_for_start(log) %}
  {% if kura.is_run() and (
      not log or not run_query("select count(*) from " ~ log ~ " where run_id = '" ~ invocation_id ~ "'").rows[0][0]) %}
    {% do kura.check_start() %}
  {% endif %}
{% endmacro %}

{#- Tells the procedures of a run on Snowflake which run they belong to; elsewhere a Python model is in dbt's own process. -#}
{% macro name_run() %}
  {{ return(adapter.dispatch('name_run', 'kura')()) }}
{% endmacro %}

{% macro default__name_run() %}{% endmacro %}

{% macro snowflake__name_run() %}set kura_run_id = '{{ invocation_id }}'{% endmacro %}

{#- Notes in the run log that readers have seen a fit: the next one is compared with it. -#}
{% macro note_history(names, log) %}
  {% if kura.works_on_all() %}
    insert into {{ log }} (run_id, stage, recorded_at, figures)
    select distinct
        '{{ invocation_id }}' as run_id,
        'history' as stage,
        {{ kura.now() }} as recorded_at,
        {{ kura.noted_fit('fit_id') }} as figures
    from {{ names }}
    where {{ kura.noted_fit('fit_id') }} not in (select figures from {{ log }} where stage = 'history')
  {% endif %}
{% endmacro %}

{#- A fit as the run log notes it. -#}
{% macro noted_fit(fit_id) %}{{ return("'{\"fit_id\": \"' || " ~ fit_id ~ " || '\"}'") }}{% endmacro %}

{#- Under this id `kura_cluster_history` keeps the tree over a fit that readers have, while there is another one. -#}
{% macro replaced_tree(fit_id) %}{{ return(fit_id ~ " || '~'") }}{% endmacro %}

{% macro forget_replaced_trees() %}
  {% set history = kura.built_relation('kura_cluster_history') if kura.works_on_all() else none %}
  {% if history and not kura.unseen_run() %}
    delete from {{ history }} where fit_id like '%~'
  {% endif %}
{% endmacro %}

{#- Whether a run sees no rows of the input, or few (`--empty`, `--sample`): nothing that lasts may follow from what it lacks. -#}
{% macro is_trial() %}{{ return(flags.EMPTY or kura.is_sampled()) }}{% endmacro %}

{#- dbt does not show `--sample` among the flags of a template. -#}
{% macro is_sampled() %}{{ return(true if (adapter.config.args or {}).sample else false) }}{% endmacro %}
