{#- Whether clusters are edited by a table of the user's own. It is not rendered: only the model that reads that table depends on it. -#}
{% macro is_curated() %}
  {% set project_vars = adapter.config.vars.to_dict() %}
  {% for given in [adapter.config.cli_vars, project_vars.get('kura', {}), project_vars] if 'kura_curation' in given %}
    {{ return(given['kura_curation'] is not none) }}
  {% endfor %}
  {{ return(false) }}
{% endmacro %}

{#-
  The table of `kura_curation`, as it stands after `from`; none where there is none, or nothing is built. Raises an error that names the
  columns that it lacks.
-#}
{% macro edits_table() %}
  {% set name = var('kura_curation') %}
  {% if name is none or not execute %}
    {{ return(none) }}
  {% endif %}
  {% set is_query = kura.is_query(name) %}
  {% set relation = none if is_query else kura.named_relation(name) %}
  {% if not is_query and not relation %}
    {% do exceptions.raise_compiler_error(
        "kura_curation `" ~ name ~ "`: there is no such table in " ~ target.database ~ ". Put a CSV with the columns cluster_id, cluster_name,"
        ~ " edit and value into your seeds, and name it: kura_curation: \"{{ ref('topic_edits') }}\" (docs/curation.md).") %}
  {% endif %}
  {% set rows = name if is_query else relation | string %}
  {% set there = kura.input_columns({'rows': rows, 'is_json': false, 'is_query': is_query}) | map('lower') | list %}
  {% set lacking = ['cluster_id', 'cluster_name', 'edit', 'value'] | reject('in', there) | list %}
  {% if lacking %}
    {% do exceptions.raise_compiler_error(
        "kura_curation `" ~ (kura.query_shown(name) if is_query else name) ~ "` has no column " ~ lacking | join(', ') ~ ". It must have cluster_id,"
        ~ " cluster_name, edit and value (docs/curation.md).") %}
  {% endif %}
  {{ return(rows) }}
{% endmacro %}

{#- A column of that table as text without spaces around it; an empty text where there is no table. -#}
{% macro edit_text(column, table) %}
  {{ return("trim(coalesce(cast(" ~ (column if table else "''") ~ " as " ~ dbt.type_string() ~ "), ''))") }}
{% endmacro %}

{#- The edits that did not do what they say, in words, for the data test on them. -#}
{% macro say_edits_left_out(curation) %}
  {% set found = run_query("select status, edit, problem from " ~ curation ~ " where status <> 'applied' order by status, cluster_id, edit").rows %}
  {% if found and found[0][0] == 'elsewhere' %}
    {% do exceptions.warn("Kura: " ~ found[0][2] ~ " (kura_curation, " ~ found | length ~ (" edits" if found | length > 1 else " edit") ~ ").") %}
  {% else %}
    {% for status, edit, problem in found[:20] %}
      {% do exceptions.warn("Kura: the edit " ~ edit ~ " of kura_curation is " ~ ("applied, but " if status == 'stale' else "left out: ") ~ problem ~ ".") %}
    {% endfor %}
    {% if found | length > 20 %}
      {% do exceptions.warn("Kura: " ~ (found | length - 20) ~ " more edits of kura_curation are left out or stale: see " ~ curation ~ ".") %}
    {% endif %}
  {% endif %}
{% endmacro %}
