{#-
  What a run has worked out stands in results (`models/intermediate/results`), and dbt tests those. `kura_publications` then
  gives all of it to the public tables in one transaction: readers see one run or the one before it, never some of each.
-#}

{#-
  A public table: the columns that its contract names. dbt fills it only where there is none yet; `kura_publications` has before.
  `dbt show` gets all of it, as from any model.
-#}
{% macro published(result) -%}
-- depends_on: {{ ref('kura_publications') }}
select {{ kura.published_columns(model) }}
from {{ result }}
{%- set table = load_cached_relation(this) %}
{%- if table and table.is_table and not should_full_refresh() and flags.WHICH != 'show' %}
where false
{%- endif %}
{%- endmacro %}

{% macro published_columns(model) %}
  {{ return(model.columns.keys() | join(', ') if model.config.contract.enforced else '*') }}
{% endmacro %}

{#- The models whose tables are published, as our folder says, not `access`, which a project may set for all of our models at once. -#}
{% macro published_models() %}
  {{ return(graph.nodes.values()
      | selectattr('resource_type', 'equalto', 'model') | selectattr('package_name', 'equalto', 'kura')
      | selectattr('config.enabled') | selectattr('fqn.1', 'equalto', 'marts') | sort(attribute='name') | list) }}
{% endmacro %}

{#- Those of them that are filled from a result; what is left is the record of that. -#}
{% macro filled_models() %}
  {{ return(kura.published_models() | rejectattr('name', 'equalto', 'kura_publications') | list) }}
{% endmacro %}

{#- The public tables at the end of the line, which nothing else is made of: each part can be left out, with what is made of it. -#}
{% macro parts() %}
  {{ return({
      'trends': {'tables': ['cluster_trends']},
      'facets': {'tables': ['cluster_facets']},
      'examples': {'tables': ['cluster_examples']},
      'lineage': {'tables': ['cluster_lineage']},
      'comparisons': {'tables': ['comparisons'], 'made_of': ['facets', 'trends']},
      'tools': {'tables': ['cluster_tools', 'tool_calls'], 'made_of': ['facets']},
      'alerts': {'tables': ['alerts'], 'made_of': ['trends']},
      'golden_set': {'tables': ['golden_set_coverage']},
  }) }}
{% endmacro %}

{% macro has_part(part) %}
  {% set needed = [part] + kura.parts()[part].get('made_of', []) %}
  {{ return(needed | select('in', var('kura_without')) | list | length == 0) }}
{% endmacro %}

{#- What the tables of parts are called without `int_kura__` or `fct_kura__`: of those that are there, or of all. -#}
{% macro tables_of_parts(all=false) %}
  {% set tables = [] %}
  {% for part, found in kura.parts().items() if all or kura.has_part(part) %}
    {% do tables.extend(found.tables) %}
  {% endfor %}
  {{ return(tables) }}
{% endmacro %}

{#- Gives all results to the public tables, as statements of one transaction; a trial run leaves to readers what they have. -#}
{% macro publish_results() %}
  {% if execute and kura.works_on_all() %}
    {% do kura.check_one_run() %}
    {% set statements, filled, relations = kura.drop_displaced() + kura.drop_parts(), [], [] %}
    {% for model in kura.filled_models() %}
      {% set table = adapter.get_relation(model.database, model.schema, model.alias) %}
      {% if table and table.is_table %}
        {% set result = kura.result_of(model) %}
        {% do filled.append([table, result, kura.published_columns(model), model.config.get('transient') is not false]) %}
        {% do relations.extend([table, result]) %}
      {% endif %}
    {% endfor %}
    {% set types = kura.types_of_columns(relations) if relations else {} %}
    {% for table, result, columns, is_transient in filled %}
      {% do statements.append(kura.fill_table(table, result, columns, types, is_transient)) %}
    {% endfor %}
    {{ return(adapter.dispatch('in_one_transaction', 'kura')(statements) if statements else '') }}
  {% endif %}
{% endmacro %}

{#- Statements that drop the tables with rows of conversations from where they stood at another level of `kura_publish`. -#}
{% macro drop_displaced() %}
  {% set statements = [] %}
  {% set elsewhere = graph.nodes['model.kura.' ~ ('dim_kura__clusters' if kura.publishes_aggregates() else 'int_kura__clusters')] %}
  {% for model in kura.row_level_models() if model.schema != elsewhere.schema %}
    {% set table = adapter.get_relation(elsewhere.database, elsewhere.schema, model.alias) %}
    {% if table and table.is_table %}
      {% do statements.append('drop table ' ~ table) %}
    {% endif %}
  {% endfor %}
  {{ return(statements) }}
{% endmacro %}

{#- Statements that drop the public tables that are switched off: they would say for ever what was once so. -#}
{% macro drop_parts() %}
  {% set statements, names = [], kura.published_models() | map(attribute='name') | list %}
  {% set homes = graph.nodes.values()
      | selectattr('unique_id', 'in', ['model.kura.dim_kura__clusters', 'model.kura.fct_kura__conversations']) | list %}
  {% for part in kura.tables_of_parts(all=true) if 'fct_kura__' ~ part not in names %}
    {% set name = 'fct_kura__' ~ part %}
    {% for schema in homes | map(attribute='schema') | unique %}
      {% set own = graph.nodes.values() | selectattr('schema', 'equalto', schema) | selectattr('alias', 'equalto', name) | list %}
      {% set table = adapter.get_relation(homes[0].database, schema, name) %}
      {% if table and table.is_table and not own %}
        {% do statements.append('drop table ' ~ table) %}
      {% endif %}
    {% endfor %}
  {% endfor %}
  {{ return(statements) }}
{% endmacro %}

{#- The id of the model that a public table is filled from. -#}
{% macro result_id(model) %}
  {{ return(model.depends_on.nodes | reject('equalto', 'model.kura.kura_publications') | first) }}
{% endmacro %}

{#- The table that a public one is filled from. -#}
{% macro result_of(model) %}
  {% set node = graph.nodes[kura.result_id(model)] %}
  {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias, type='table')) }}
{% endmacro %}

{#-
  Other rows for a table, which keeps its comments and grants; a new table where the columns are others. `types` are those of both, as
  `types_of_columns` has them.
-#}
{% macro fill_table(table, result, columns, types, is_transient) %}
  {% set wanted, names = {}, columns.split(', ') %}
  {% for name, type in types[result | string].items() if columns == '*' or name in names %}
    {% do wanted.update({name: type}) %}
  {% endfor %}
  {% if types[table | string] == wanted %}
    {% set listed = wanted | join(', ') %}
    {{ return('delete from ' ~ table ~ '; insert into ' ~ table ~ ' (' ~ listed ~ ') select ' ~ listed ~ ' from ' ~ result) }}
  {% endif %}
  {{ return(adapter.dispatch('replace_table', 'kura')(table, 'select ' ~ columns ~ ' from ' ~ result, is_transient)) }}
{% endmacro %}

{% macro default__replace_table(table, query, is_transient) %}
  {{ return('drop table ' ~ table ~ '; create table ' ~ table ~ ' as ' ~ query) }}
{% endmacro %}

{#-
  One statement, because it stands outside of the transaction: readers find the table of before until the new one is there. Transient, as
  dbt's own are: of another what is deleted could be brought back for a week more.
-#}
{% macro snowflake__replace_table(table, query, is_transient) %}
  {{ return('create or replace ' ~ ('transient ' if is_transient) ~ 'table ' ~ table ~ ' copy grants as ' ~ query) }}
{% endmacro %}

{#- The types of the columns of relations, by the name of the column, by the relation as a text. -#}
{% macro types_of_columns(relations) %}
  {{ return(adapter.dispatch('types_of_columns', 'kura')(relations)) }}
{% endmacro %}

{% macro default__types_of_columns(relations) %}
  {% set found = {} %}
  {% for relation in relations %}
    {% set types = {} %}
    {% for column in adapter.get_columns_in_relation(relation) %}
      {% do types.update({column.name | lower: column.dtype}) %}
    {% endfor %}
    {% do found.update({relation | string: types}) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- One question for all, as each takes dbt longer than DuckDB. -#}
{% macro duckdb__types_of_columns(relations) %}
  {% set found, questions = {}, [] %}
  {% for relation in relations %}
    {% do found.update({relation | string: {}}) %}
    {% do questions.append('select ' ~ loop.index0 ~ ', lower(column_name), column_type from (describe ' ~ relation ~ ')') %}
  {% endfor %}
  {% for place, name, type in run_query(questions | join(' union all ')).rows %}
    {% do found[relations[place | int] | string].update({name: type}) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- dbt has begun the transaction in which a hook runs. -#}
{% macro default__in_one_transaction(statements) %}
  {{ return(statements | join('; ')) }}
{% endmacro %}

{#-
  dbt begins none there. What creates or drops a table ends a transaction, so those come first. The others are one procedure, which takes
  back all of it when one of them fails. A transaction that is begun in one ends with it: of a block, one that no handler sees the end of
  (a timeout) would stay open in dbt's session, and what dbt makes next there would commit half of it.
-#}
{% macro snowflake__in_one_transaction(statements) %}
  {% set replaced, filled = [], [] %}
  {% for statement in statements %}
    {% do (replaced if statement.startswith(('drop', 'create')) else filled).append(statement) %}
  {% endfor %}
  {% set procedure %}
with kura_publish as procedure ()
returns varchar
language sql
as
$$
begin
  begin transaction;
  {{ filled | join(';\n  ') }};
  commit;
  return 'published';
exception
  when other then
    rollback;
    raise;
end;
$$
call kura_publish()
  {% endset %}
  {{ return((replaced + ([procedure] if filled else [])) | join('; ')) }}
{% endmacro %}

{#-
  Stops a run that builds only some of the results after one that nobody has seen the end of: together they would be of two runs.
  `dbt retry` builds all that the last run with an end has left, so the two are one, unless that one was to be stopped itself.
-#}
{% macro check_one_run() %}
  {% set unseen = kura.unseen_run() if kura.built_relation('kura_publications') else none %}
  {% if unseen and (not unseen.is_whole if kura.is_retry() else kura.unselected_results()) %}
    {% do exceptions.raise_compiler_error(
        "Nothing was published: the run before this one (" ~ unseen.run_id ~ ") did not come to its end, and this run builds only some of"
        ~ " the tables, so that together they would be of two runs. Build all of them: dbt build --select package:kura") %}
  {% endif %}
  {% set stale = [] if kura.is_retry() else kura.stale_results() %}
  {% if stale %}
    {% do exceptions.raise_compiler_error(
        "Nothing was published: this run leaves out " ~ stale | join(', ') ~ ", but builds what it is made of, so that the public tables"
        ~ " would be of two runs. Build all of them: dbt build --select package:kura. kura_without leaves tables out for good.") %}
  {% endif %}
{% endmacro %}

{#- The results that this run does not build, though it builds something of ours that they are made of; state only grows. -#}
{% macro stale_results() %}
  {% set stale, kept = [], kura.state_models() %}
  {% for model in kura.filled_models() if kura.result_id(model) not in selected_resources %}
    {% set ancestors, way = [], [kura.result_id(model)] %}
    {% for step in range(graph.nodes | length) if way %}
      {% set node = graph.nodes.get(way.pop()) %}
      {% for id in (node.depends_on.nodes if node else []) if id.startswith('model.kura.') and id not in ancestors %}
        {% do ancestors.append(id) %}
        {% do way.append(id) %}
      {% endfor %}
    {% endfor %}
    {% if ancestors | select('in', selected_resources) | reject('in', kept) | list %}
      {% do stale.append(graph.nodes[kura.result_id(model)].name) %}
    {% endif %}
  {% endfor %}
  {{ return(stale) }}
{% endmacro %}

{#- The ids of what is kept from run to run. -#}
{% macro state_models() %}
  {{ return(graph.nodes.values()
      | selectattr('resource_type', 'equalto', 'model') | selectattr('package_name', 'equalto', 'kura')
      | selectattr('fqn.1', 'equalto', 'state') | map(attribute='unique_id') | list) }}
{% endmacro %}

{#- The public tables whose results this run does not build. -#}
{% macro unselected_results() %}
  {% set missing = [] %}
  {% for model in kura.filled_models() if kura.result_id(model) not in selected_resources %}
    {% do missing.append(model.name) %}
  {% endfor %}
  {{ return(missing) }}
{% endmacro %}

{#-
  The last run that worked before this one, if readers have not seen it; whether it was to build all, or all that readers had not.
  One that was killed has told dbt nothing: `dbt retry` goes on with an earlier one, and that is no whole, unless the killed one
  did so, too.
-#}
{% macro unseen_run() %}
  {% set log, publications = kura.built_relation('kura_run_log'), kura.built_relation('kura_publications') %}
  {% if log %}
    {% set last_runs %}
      select
          run_id,
          figures,
          {{ 'run_id in (select run_id from ' ~ publications ~ ')' if publications else false }} as is_seen,
          run_id in (select run_id from {{ log }} where stage = 'end') as has_ended
      from {{ log }}
      where stage = 'run' and run_id <> '{{ invocation_id }}' and figures like '%"works": true%'
      order by recorded_at desc
      limit 2
    {% endset %}
    {% set earlier = [] %}
    {% for run_id, figures, is_seen, has_ended in run_query(last_runs).rows %}
      {% do earlier.append({'run_id': run_id, 'figures': figures, 'is_seen': is_seen, 'has_ended': has_ended}) %}
    {% endfor %}
    {% set last = earlier | first if earlier else none %}
    {% if last and not last.is_seen %}
      {% set goes_on = last.has_ended or '"is_retry": true' in last.figures or earlier[1:] | rejectattr('is_seen') | list == [] %}
      {{ return({'run_id': last.run_id, 'is_whole': goes_on and '"is_whole": true' in last.figures}) }}
    {% endif %}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{#-
  Says at the end of a run that readers still have what they had, if this run was to give them something new, and notes that it has ended.
-#}
{% macro say_what_readers_have(results) %}
  {% for result in results if result.node.unique_id == 'model.kura.kura_publications' and result.status != 'success' %}
    {% do log('Kura: the public tables stay as the last good run has left them, because this one did not come to its end.', info=true) %}
    {% set run_log = kura.built_relation('kura_run_log') %}
    {% if run_log %}
      insert into {{ run_log }} (run_id, stage, recorded_at, figures) select '{{ invocation_id }}', 'end', {{ kura.now() }}, '{}'
    {% endif %}
  {% endfor %}
{% endmacro %}
