{#-
  Stops a run at its start that would make views or tables of what has to last: `+materialized` at the top of a project's `models:`
  holds for ours, too, and dbt then begins paid answers, the salt, the history and the record of runs anew, without a word.
-#}
{% macro check_materializations() %}
  {% set other = [] %}
  {% for model in (graph.nodes.values() if kura.is_run() else []) if model.package_name == 'kura' and model.resource_type == 'model' %}
    {% set lasts = model.fqn[1] == 'state' or "materialized='incremental'" in model.raw_code
        or model.name in ['int_kura__embeddings', 'int_kura__summaries'] %}
    {% set made = 'table' if model.language == 'python' or model.fqn[1] == 'semantic' else 'replaced_table' %}
    {% set ours = 'published_table' if model.fqn[1] == 'marts' else 'incremental' if lasts else made %}
    {% if model.config.materialized != ours %}
      {% do other.append('`' ~ model.name ~ '` as ' ~ model.config.materialized) %}
    {% endif %}
  {% endfor %}
  {% if other %}
    {% do exceptions.raise_compiler_error(
        "Your project materializes " ~ other[0] ~ (' (and ' ~ (other | length - 1) ~ ' other models of Kura)' if other | length > 1 else '')
        ~ ". What Kura has paid for and readers see would be lost with it. In your dbt_project.yml, put `+materialized` under the name of"
        ~ " your own project, `models: " ~ project_name ~ ":`, and not at the top of `models:` or under `kura:`.") %}
  {% endif %}
{% endmacro %}
