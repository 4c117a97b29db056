{#-
  Stops a run at its start that would make ours otherwise than they have to be made: what stands at the top of a project's `models:` holds
  for ours, too. As views or tables, paid answers, the salt, the history and the record of runs begin anew, without a word; with another
  strategy or key rows double, or the second build fails.
-#}
{% macro check_materializations() %}
  {% set other = [] %}
  {% for model in (graph.nodes.values() if kura.is_run() else []) if model.package_name == 'kura' and model.resource_type == 'model' %}
    {% set found = kura.made_otherwise(model) %}
    {% if found %}
      {% do other.append(found) %}
    {% endif %}
  {% endfor %}
  {% if other %}
    {% set name, told = other[0] %}
    {% do exceptions.raise_compiler_error(
        "Your project " ~ told ~ (' (and ' ~ (other | length - 1) ~ ' other models of Kura)' if other | length > 1 else '')
        ~ ". What Kura has paid for and readers see would be lost or wrong with it. In your dbt_project.yml, put `+" ~ name
        ~ "` under the name of your own project, `models: " ~ project_name ~ ":`, and not at the top of `models:` or under `kura:`.") %}
  {% endif %}
{% endmacro %}

{#- The config that makes a model of ours otherwise, and what it does in words; none where all is ours. -#}
{% macro made_otherwise(model) %}
  {% set lasts = model.fqn[1] == 'state' or "materialized='incremental'" in model.raw_code
      or model.name in ['int_kura__embeddings', 'int_kura__summaries'] %}
  {% set made = 'table' if model.language == 'python' or model.fqn[1] == 'semantic' else 'replaced_table' %}
  {% set ours = 'published_table' if model.fqn[1] == 'marts' else 'incremental' if lasts else made %}
  {% if model.config.materialized != ours %}
    {{ return(['materialized', 'materializes `' ~ model.name ~ '` as ' ~ model.config.materialized]) }}
  {% endif %}
  {# what is no config of the model itself is one of dbt_project.yml, or of the YAML of the Python models #}
  {% set elsewhere = {
      'incremental_strategy': ['append'] if ours == 'published_table' else [],
      'unique_key': ['content_hash', 'text_hash'] if model.language == 'python' else [],
      'on_schema_change': ['append_new_columns', 'ignore', 'fail'],
  } %}
  {% for name, known in (elsewhere if ours in ['incremental', 'published_table'] else {}).items() %}
    {% set value = model.config[name] %}
    {% set written = name ~ '=' ~ ("'" ~ value ~ "'" if value is string else value) %}
    {% if value and value not in known and written not in model.raw_code %}
      {{ return([name, 'gives `' ~ model.name ~ '` `+' ~ name ~ ': ' ~ value ~ '`']) }}
    {% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#-
  Stops a run at its start with a hook of a project's own before our Python models, in dbt's transaction: in DuckDB that one does not see
  what a Python model then makes, over another connection. A hook that is a template alone may come to nothing, and is left.
-#}
{% macro check_hooks() %}
  {% set hooked = [] %}
  {% for model in (graph.nodes.values() if kura.is_run() and target.type == 'duckdb' else [])
      if model.package_name == 'kura' and model.language == 'python' %}
    {% for hook in model.config['pre-hook'] if hook.transaction and modules.re.sub('(?s)[{][%{].*?[}%][}]', '', hook.sql) | trim %}
      {% do hooked.append([hook.sql, model.name]) %}
    {% endfor %}
  {% endfor %}
  {% if hooked %}
    {% set sql, name = hooked[0] %}
    {% do exceptions.raise_compiler_error(
        "Your project runs the pre-hook `" ~ sql ~ "` before Kura's Python models, such as `" ~ name ~ "`, in a transaction that does not see"
        ~ " what they make. In your dbt_project.yml, put it under the name of your own project, `models: " ~ project_name ~ ":`, or take it out"
        ~ " of the transaction: `+pre-hook: {sql: \"...\", transaction: false}`.") %}
  {% endif %}
{% endmacro %}
