{#- The release of this package; that of `kura-udfs` must be the same. -#}
{% macro version() %}{{ return('0.1.0') }}{% endmacro %}

{#- Whether models of Kura are run at all: of somebody's own run nothing of ours shall be heard. -#}
{% macro is_run() %}
  {{ return(execute and flags.WHICH in ['run', 'build', 'retry'] and kura.selects(['model.kura.'])) }}
{% endmacro %}

{#- Whether a run has something whose id begins in one of these ways. -#}
{% macro selects(beginnings) %}
  {% for name in selected_resources %}
    {% for beginning in beginnings if name.startswith(beginning) %}
      {{ return(true) }}
    {% endfor %}
  {% endfor %}
  {{ return(kura.is_retry()) }}
{% endmacro %}

{#- Whether a run goes on where another one failed: dbt does not tell what `dbt retry` builds, and its flags are those of the other run. -#}
{% macro is_retry() %}
  {{ return(execute and flags.WHICH in ['run', 'build', 'retry'] and not selected_resources) }}
{% endmacro %}

{#- All that a run is stopped for at its start; from here on its files are for nobody else to read. -#}
{% macro check_start() %}
  {% do kura.check_plugin() %}
  {% do kura.check_materializations() %}
  {% do kura.check_hooks() %}
  {% do kura.begin_private_files() %}
  {% do kura.check_deployment() %}
  {% do kura.check_publishing() %}
  {% do kura.check_levels() %}
  {% do kura.check_encoder() %}
  {% do kura.check_redact_patterns() %}
  {% do kura.check_redact_names() %}
{% endmacro %}

{#- Stops a run at its start that has not the functions of Kura, or those of another release. -#}
{% macro check_plugin() %}
  {% if kura.is_run() %}
    {% set problem = adapter.dispatch('plugin_problem', 'kura')() %}
    {% if problem %}
      {% do exceptions.raise_compiler_error(problem) %}
    {% endif %}
  {% endif %}
{% endmacro %}

{% macro default__plugin_problem() %}{% endmacro %}

{% macro duckdb__plugin_problem() %}
  {% if kura.dbt_problem(dbt_version) %}
    {{ return(kura.dbt_problem(dbt_version)) }}
  {% endif %}
  {% set there = run_query("select count(*) from duckdb_functions() where function_name = 'kura_version'").rows[0][0] %}
  {% if not there %}
    {{ return("Kura's functions are not there. Add its plugin to the target `" ~ target.name ~ "` of the profile `" ~ target.profile_name
        ~ "`: plugins: [{module: kura_udfs.functions.duckdb}]; it comes with the package kura-udfs " ~ kura.version() ~ ".") }}
  {% endif %}
  {% set installed = run_query('select kura_version()').rows[0][0] %}
  {% if installed != kura.version() %}
    {{ return("kura-udfs is " ~ installed ~ ", but the dbt package kura is " ~ kura.version() ~ ". Install both of one release: change `revision` in"
        ~ " packages.yml and run dbt deps, or install kura-udfs " ~ kura.version() ~ " in the environment that runs dbt.") }}
  {% endif %}
  {{ return(kura.session_problem()) }}
{% endmacro %}

{#- The settings of a profile by which DuckDB reads our SQL otherwise, in words, or none: counts, times or an order would be wrong. -#}
{% macro session_problem() %}
  {% set found = [] %}
  {% set changed %}
    select name || ': ' || value
    from duckdb_settings()
    where (name = 'default_collation' and lower(value) not in ('', 'binary', 'c', 'posix'))
      or (name = 'default_order' and lower(value) like 'desc%')
      or (lower(name) = 'calendar' and value <> 'gregorian')
    order by name
  {% endset %}
  {% for row in run_query(changed).rows %}
    {% do found.append('`' ~ row[0] ~ '`') %}
  {% endfor %}
  {{ return("The target `" ~ target.name ~ "` has " ~ found | join(' and ') ~ " under `settings`, by which Kura would take ids that differ in capitals"
      ~ " for one, miss times or turn an order around. Take it out of the profile, and say it in queries of yours (`collate nocase`,"
      ~ " `order by … desc`)." if found else none) }}
{% endmacro %}

{#- What of a version of dbt can't run on DuckDB, in words; none where all can. -#}
{% macro dbt_problem(version) %}
  {{ return(none if version.split('.')[0] | int < 2 else
      "dbt " ~ version ~ " reads this project, but can't run it on DuckDB: it opens DuckDB without Python, and Kura's functions and Python"
      ~ " models are Python. Run it with dbt 1, which kura-udfs brings along: pip install 'dbt-core>=1.11,<1.12'.") }}
{% endmacro %}
