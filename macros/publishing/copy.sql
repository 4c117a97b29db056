{#- Stops a run at its start that would end by overwriting something else than a copy. -#}
{% macro check_publishing() %}
  {% if var('kura_publish_path') and kura.is_run() %}
    {% set problem = adapter.dispatch('publishing_problem', 'kura')(var('kura_publish_path')) %}
    {% if problem %}
      {% do exceptions.raise_compiler_error("kura_publish_path `" ~ var('kura_publish_path') ~ "`: " ~ problem ~ ".") %}
    {% endif %}
  {% endif %}
{% endmacro %}

{% macro default__publishing_problem(path) %}
  {{ return('it is for DuckDB only, because other warehouses let people read while they write') }}
{% endmacro %}

{% macro duckdb__publishing_problem(path) %}
  {# a copy of before has them #}
  {% set switched_off = [] %}
  {% for part in kura.tables_of_parts(all=true) %}
    {% do switched_off.append('fct_kura__' ~ part) %}
  {% endfor %}
  {% set asked %}
    select kura_publishing_problem(
      {{ kura.quoted(path) }},
      (select list(path) from duckdb_databases() where path is not null),
      {{ kura.quoted_list((kura.published_models() | map(attribute='alias') | list) + switched_off) }}
    )
  {% endset %}
  {{ return(run_query(asked).columns[0][0]) }}
{% endmacro %}

{#-
  Copies the public tables to `kura_publish_path`, for readers that must not stand in the way of a build: DuckDB lets
  nobody read a file that is being written. Only a run that has given them new rows does.
-#}
{% macro publish(results) %}
  {% if execute and flags.WHICH in ['build', 'run', 'retry'] %}
    {% set path = var('kura_publish_path') %}
    {% set kept_back = kura.row_level_models() | map(attribute='unique_id') | list if kura.publishes_aggregates() else [] %}
    {% set models = kura.published_models() | rejectattr('unique_id', 'in', kept_back) | list %}
    {% set works_on_ours = results
        | selectattr('node.resource_type', 'equalto', 'model') | selectattr('node.package_name', 'equalto', 'kura') | list %}
    {% set ours = results | selectattr('node.unique_id', 'in', models | map(attribute='unique_id') | list) | list %}
    {% set built = ours | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list %}
    {% set is_good = 'kura_publications' in built and ours | length == built | length and not kura.is_trial() %}
    {% if is_good and path %}
      {{ kura.publish_models(models, path) }}
      {{ log('Kura: published to ' ~ path ~ '.', info=true) }}
    {% elif works_on_ours and path %}
      {{ log('Kura: not published to ' ~ path ~ ', because this run has not built all public tables without a failure.', info=true) }}
    {% endif %}
    {% if is_good %}
      {% do kura.say_where_an_old_copy_is(path) %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- Says that there is a copy where the run before has left one, if this one has not: who reads that sees the same for ever. -#}
{% macro say_where_an_old_copy_is(path) %}
  {% set earlier = kura.figures_of_last_published().get('publish_path') %}
  {% if earlier and earlier != path and run_query('select count(*) from glob(' ~ kura.quoted(earlier) ~ ')').rows[0][0] %}
    {% do log('Kura: the copy at ' ~ earlier ~ ' stays as the run before has left it, because kura_publish_path is '
        ~ (path or 'not set any more') ~ '. Let its readers read '
        ~ ('that one' if path else 'elsewhere') ~ ', then delete it: to them nothing changes any more, and what is deleted upstream stays'
        ~ ' in it.', info=true) %}
  {% endif %}
{% endmacro %}

{#- Written beside, then renamed: whoever has the old copy open keeps it, and nobody sees half of a new one. -#}
{% macro publish_models(models, path) %}
  {% set staged = path ~ '.' ~ invocation_id ~ '.partial' %}
  {% do run_query('select kura_begin_private_files()') %}
  {% do run_query("attach " ~ kura.quoted(staged) ~ " as kura_published (type duckdb)") %}
  {% for model in models %}
    {% set source = adapter.quote(model.database) ~ '.' ~ adapter.quote(model.schema) ~ '.' ~ adapter.quote(model.alias) %}
    {% set copy = 'kura_published.' ~ adapter.quote(model.schema) ~ '.' ~ adapter.quote(model.alias) %}
    {% do run_query('create schema if not exists kura_published.' ~ adapter.quote(model.schema)) %}
    {# who has the copy has no need of who was who #}
    {% set hashed = 'user_id' in model.columns and 'user_id' not in var('kura_hash_ids') %}
    {% set replaced = ' replace (' ~ kura.hashed_id('user_id', kura.built_relation('kura_salt')) ~ ' as user_id)' if hashed else '' %}
    {% do run_query('create table ' ~ copy ~ ' as select *' ~ replaced ~ ' from ' ~ source) %}
    {% for statement in kura.comment_statements(copy, model) %}
      {% do run_query(statement) %}
    {% endfor %}
  {% endfor %}
  {% do run_query('detach kura_published') %}
  {% do run_query('select kura_end_private_files()') %}
  {% do run_query('select kura_put_in_place(' ~ kura.quoted(staged) ~ ', ' ~ kura.quoted(path) ~ ')') %}
{% endmacro %}

{#- A text as a literal in SQL, whatever is in it. -#}
{% macro quoted(text) %}
  {{ return(adapter.dispatch('quoted', 'kura')(text | string)) }}
{% endmacro %}

{% macro default__quoted(text) %}
  {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{% endmacro %}

{#- There, a backslash in a text is an escape. -#}
{% macro snowflake__quoted(text) %}
  {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "''") ~ "'") }}
{% endmacro %}

{#- The name of a column, whatever is in it: what stands in the first line of somebody's file, say. -#}
{% macro quoted_name(name) %}
  {{ return('"' ~ name | replace('"', '""') ~ '"') }}
{% endmacro %}

{#- Texts as a list of DuckDB's. -#}
{% macro quoted_list(texts) %}
  {% set quoted = [] %}
  {% for text in texts %}
    {% do quoted.append(kura.quoted(text)) %}
  {% endfor %}
  {{ return('[' ~ quoted | join(', ') ~ ']') }}
{% endmacro %}
