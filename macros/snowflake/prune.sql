{#-
  Code that is not needed any more: functions of other versions than that of this project, and files on the stage that no function
  is left of. Says what it would drop, and drops it with `drop: true`. Another project that shares the stage may need another
  version: name it in `keep`.

      dbt run-operation kura_prune
      dbt run-operation kura_prune --args '{drop: true, keep: [0123456789ab]}'
-#}
{% macro kura_prune(drop=false, keep=[]) %}
  {{ return(adapter.dispatch('kura_prune', 'kura')(drop, keep)) }}
{% endmacro %}

{% macro default__kura_prune(drop, keep) %}
  {% do log("Nothing to prune on " ~ target.type ~ ".", info=true) %}
{% endmacro %}

{% macro snowflake__kura_prune(drop, keep) %}
  {% do kura.require_package() %}
  {% set versions = [kura.code_version()] + (keep | map('string') | list) %}
  {% set statements, left = [], [] %}
  {% for row in kura.rows_or_none("show user functions like 'KURA_%' in schema " ~ kura.code_schema()) or [] %}
    {% set found = modules.re.fullmatch('(kura_[a-z_]+)_([0-9a-f]{12})', row['name'] | lower) %}
    {% if found and found.group(2) in versions %}
      {% do left.append(found.group(1)) %}
    {% elif found %}
      {# such as KURA_REDACT_0123456789AB(VARCHAR, VARCHAR) RETURN VARCHAR #}
      {% do statements.append("drop function if exists " ~ kura.code_schema() ~ '.' ~ row['arguments'].split(' RETURN ')[0]) %}
    {% endif %}
  {% endfor %}
  {% for row in kura.rows_or_none("list " ~ kura.code_stage()) or [] %}
    {% set path = row['name'].split('/')[1:] | join('/') %}
    {% if kura.is_pruned(path, versions, left) %}
      {% do statements.append("remove " ~ kura.code_stage() ~ '/' ~ path) %}
    {% endif %}
  {% endfor %}
  {% for statement in statements %}
    {% do log(('' if drop else 'would ') ~ statement, info=true) %}
    {% if drop %}
      {% do run_query(statement) %}
    {% endif %}
  {% endfor %}
  {% set told = "dropped" if drop else "to drop: dbt run-operation kura_prune --args '{drop: true}'" %}
  {% do log("Kura: " ~ statements | length ~ " functions and files of other versions than " ~ versions | join(', ') ~ " " ~ told, info=true) %}
{% endmacro %}

{#- Whether a file on the stage is of no version that is kept; an encoder of another version only where no other version is. -#}
{% macro is_pruned(path, versions, functions) %}
  {% set package = modules.re.fullmatch('kura_udfs-([0-9a-f]{12})[.]zip', path) %}
  {% if package %}
    {{ return(package.group(1) not in versions) }}
  {% endif %}
  {% set encoder = path.split('/')[0] %}
  {% set function = {'minilm': 'kura_embed', 'multilingual': 'kura_embed_multilingual'}.get(encoder) %}
  {{ return(function is not none and (
      function not in functions or (versions | length == 1 and path.split('/')[1] not in kura.encoder_files(encoder)))) }}
{% endmacro %}
