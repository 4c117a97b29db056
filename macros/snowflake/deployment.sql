{#- The schema that holds the stage and the functions. -#}
{% macro code_schema() %}
  {{ return((var('kura_snowflake_database') or target.database) ~ '.' ~ (var('kura_snowflake_schema') or target.schema)) }}
{% endmacro %}

{% macro code_stage() %}
  {{ return('@' ~ kura.code_schema() ~ '.' ~ var('kura_snowflake_stage')) }}
{% endmacro %}

{#- The fingerprint of the code in the name of its zip. -#}
{% macro code_version() %}
  {{ return(var('kura_package') | replace('.zip', '') | replace('kura_udfs-', '')) }}
{% endmacro %}

{#- Stops where the project doesn't say yet which code it needs: in the repository it does so in releases only. -#}
{% macro require_package() %}
  {% if not var('kura_package') %}
    {% do exceptions.raise_compiler_error(
        "kura_package names no code yet: run `kura package`, then `dbt run-operation kura_deploy`.") %}
  {% endif %}
{% endmacro %}

{#- The encoder that a function runs: what `auto` chooses elsewhere is deployed here before any language is known. -#}
{% macro deployed_encoder() %}
  {{ return('minilm' if var('kura_embedder') == 'auto' else var('kura_embedder')) }}
{% endmacro %}

{#-
  Where packages come from. It is always named: what an account does without depends on when it was made.
-#}
{% macro package_repository() %}
  {{ return('snowflake.snowpark.' ~ ('pypi' if var('kura_snowflake_pypi') else 'anaconda') ~ '_shared_repository') }}
{% endmacro %}

{#- The schemas of the Python models: dbt makes their procedures there, and can't say for a procedure where packages come from. -#}
{% macro procedure_schemas() %}
  {% set schemas = [] %}
  {% for node in graph.nodes.values() if node.package_name == 'kura' and node.resource_type == 'model' and node.language == 'python' %}
    {% do schemas.append(node.database ~ '.' ~ node.schema) %}
  {% endfor %}
  {{ return(schemas | unique | list) }}
{% endmacro %}

{#- Every function that SQL calls: arguments, result, handler, and what it needs besides kura_udfs. -#}
{% macro deployed_functions() %}
  {% set text_functions = [
      ('kura_parse_messages', 'conversation varchar', 'varchar', 'parsed_messages', []),
      ('kura_timestamp', 'text varchar, date_order varchar', 'varchar', 'point_in_time', []),
      ('kura_content_text', 'content varchar', 'varchar', 'content_text', []),
      ('kura_parse_content', 'role varchar, content varchar', 'varchar', 'parsed_content', []),
      ('kura_tool_calls', 'contents varchar', 'varchar', 'tool_calls', []),
      ('kura_plain_text', 'role varchar, text varchar', 'varchar', 'plain_text', []),
      ('kura_own_words', 'text varchar', 'varchar', 'own_words', []),
      ('kura_has_words', 'text varchar', 'boolean', 'has_words', []),
      ('kura_redact', 'text varchar, patterns varchar', 'varchar', 'redacted', []),
      ('kura_redact_answer', 'content varchar, patterns varchar', 'varchar', 'redacted_answer', []),
      ('kura_suspects', 'text varchar', 'varchar', 'possible_names', []),
      ('kura_spoken_words', 'text varchar', 'varchar', 'spoken_words', []),
      ('kura_patterns_problem', 'patterns varchar', 'varchar', 'patterns_problem', []),
      ('kura_token_count', 'text varchar', 'bigint', 'token_count', []),
      ('kura_truncate', 'text varchar, budget number(38, 0)', 'varchar', 'truncated', []),
      ('kura_local_facets', 'user_turns varchar, transcript varchar', 'object', 'local_facets', var('kura_snowflake_packages')),
      ('kura_model_facets', 'content varchar, facets variant, patterns varchar', 'object', 'model_facets', ['pydantic']),
  ] %}
  {% set needed = ['numpy', 'pandas', 'onnxruntime'] %}
  {% set encoders = {
      'minilm': [('kura_embed', 'text varchar', 'array', 'embedded', needed + ['tokenizers'])],
      'multilingual': [('kura_embed_multilingual', 'text varchar', 'array', 'embedded_multilingual', needed + ['sentencepiece'])],
  } %}
  {{ return(text_functions + encoders.get(kura.deployed_encoder(), [])) }}
{% endmacro %}

{#- The files of an encoder that a function runs, which `kura package` puts into a folder of its name. -#}
{% macro encoder_files(encoder=none) %}
  {{ return({
      'minilm': ['minilm-53aa51172d142c89-fp16-v2.graph', 'tokenizer.json'],
      'multilingual': ['multilingual-0db566fd0af82cbf-v1.graph', 'sp.model'],
  }.get(encoder or kura.deployed_encoder(), [])) }}
{% endmacro %}

{#-
  Brings the code into the warehouse: the stage, the zip, the functions. It may be run as often as one likes; versions
  live beside each other, so that a build that runs meanwhile keeps the one it began with.

      kura package
      dbt run-operation kura_deploy
-#}
{% macro kura_deploy(folder='dist') %}
  {{ return(adapter.dispatch('kura_deploy', 'kura')(folder)) }}
{% endmacro %}

{% macro default__kura_deploy(folder) %}
  {% do log("Nothing to deploy: on " ~ target.type ~ ", kura_udfs is installed beside dbt.", info=true) %}
{% endmacro %}

{% macro snowflake__kura_deploy(folder) %}
  {% do kura.require_package() %}
  {% set stage = kura.code_stage() %}
  {% do kura.make_schema(kura.code_schema()) %}
  {% do run_query("create stage if not exists " ~ stage[1:] ~ " comment = 'Code and encoders of Kura'") %}
  {% for schema in kura.procedure_schemas() %}
    {% do kura.make_schema(schema) %}
    {% do run_query("alter schema " ~ schema ~ " set default_python_artifact_repository = " ~ kura.package_repository()) %}
  {% endfor %}
  {% do kura.put_file(folder ~ '/' ~ var('kura_package'), stage) %}
  {% set encoder = '/' ~ kura.deployed_encoder() %}
  {% for name in kura.encoder_files() %}
    {% do kura.put_file(folder ~ encoder ~ '/' ~ name, stage ~ encoder) %}
  {% endfor %}
  {% for name, arguments, result, handler, packages in kura.deployed_functions() %}
    {% set imports = [stage ~ '/' ~ var('kura_package')] %}
    {% if name.startswith('kura_embed') %}
      {% for file in kura.encoder_files() %}
        {% do imports.append(stage ~ encoder ~ '/' ~ file) %}
      {% endfor %}
    {% endif %}
    {% do run_query(kura.create_function_sql(name, arguments, result, handler, packages, imports)) %}
  {% endfor %}
  {% do log("Kura " ~ kura.code_version() ~ " is deployed to " ~ kura.code_schema() ~ ".", info=true) %}
{% endmacro %}

{#- Where a schema is there, `create schema if not exists` is refused all the same to who may make none. -#}
{% macro make_schema(name) %}
  {% if not adapter.check_schema_exists(*name.split('.')) %}
    {% do run_query("create schema if not exists " ~ name) %}
  {% endif %}
{% endmacro %}

{#- A file whose name holds its fingerprint never changes, and neither do published weights. -#}
{% macro put_file(path, stage) %}
  {% do run_query("put 'file://" ~ path ~ "' " ~ stage ~ " auto_compress = false overwrite = false") %}
{% endmacro %}

{% macro create_function_sql(name, arguments, result, handler, packages, imports) %}
create or replace function {{ kura.udf(name) }}({{ arguments }})
returns {{ result }}
language python
immutable
runtime_version = '{{ var("kura_snowflake_python") }}'
{% if packages -%}
artifact_repository = {{ kura.package_repository() }}
packages = ('{{ packages | join("', '") }}')
{% endif -%}
imports = ('{{ imports | join("', '") }}')
handler = 'kura_udfs.functions.snowflake.{{ handler }}'
{% endmacro %}

{#- Stops a run at its start when the code that it would call is not there. -#}
{% macro check_deployment() %}
  {{ return(adapter.dispatch('check_deployment', 'kura')()) }}
{% endmacro %}

{% macro default__check_deployment() %}{% endmacro %}

{% macro snowflake__check_deployment() %}
  {% if kura.is_run() %}
    {% do kura.require_package() %}
    {% set missing = kura.missing_code() %}
    {% if missing %}
      {% do exceptions.raise_compiler_error(
          "Kura's code of this version (" ~ kura.code_version() ~ ") is not in " ~ kura.code_schema() ~ ": " ~ missing | join(', ')
          ~ " missing. Run `kura package` and then `dbt run-operation kura_deploy`.") %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- What of the zip and the functions of this version is not there. -#}
{% macro missing_code() %}
  {% if not var('kura_package') %}
    {{ return(['kura_package names none yet']) }}
  {% endif %}
  {% set staged = kura.rows_or_none("list " ~ kura.code_stage()) %}
  {% set names = [] %}
  {% for row in staged or [] %}
    {% do names.append(row['name'].split('/') | last) %}
  {% endfor %}
  {% set missing = [] if var('kura_package') in names else [var('kura_package')] %}
  {% set found = [] %}
  {% for row in kura.rows_or_none("show user functions like 'KURA_%' in schema " ~ kura.code_schema()) or [] %}
    {% do found.append(row['name'] | lower) %}
  {% endfor %}
  {% for name, arguments, result, handler, packages in kura.deployed_functions() %}
    {% set full_name = name ~ '_' ~ kura.code_version() %}
    {% if full_name | lower not in found %}
      {% do missing.append(full_name) %}
    {% endif %}
  {% endfor %}
  {{ return(missing) }}
{% endmacro %}

{#- The rows of a statement, or none where it fails: Jinja can't catch an error, but a Snowflake block can. -#}
{% macro rows_or_none(statement) %}
  {% set result = run_query(kura.attempted(statement)) %}
  {# in capital letters, perhaps, where an account has QUOTED_IDENTIFIERS_IGNORE_CASE #}
  {% set names = result.column_names | map('lower') | list %}
  {{ return(none if names and names[0] == 'kura_error' else result.rename(names).rows) }}
{% endmacro %}

{% macro attempted(statement) %}
execute immediate $$
declare
  found resultset;
begin
  found := (execute immediate '{{ statement | replace("'", "''") }}');
  return table(found);
exception
  when other then
    found := (select :sqlerrm as kura_error);
    return table(found);
end;
$$
{% endmacro %}
