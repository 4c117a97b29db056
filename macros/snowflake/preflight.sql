{#-
  Looks for everything that a build will need, and names what is missing with the statement that mends it. A table, and a
  procedure with the packages of the Python models, are made and dropped; nothing else is changed, and no model is asked for more
  than a word.

      dbt run-operation kura_preflight
-#}
{% macro kura_preflight() %}
  {{ return(adapter.dispatch('kura_preflight', 'kura')()) }}
{% endmacro %}

{% macro default__kura_preflight() %}
  {% do log("Nothing to look for on " ~ target.type ~ ".", info=true) %}
{% endmacro %}

{% macro snowflake__kura_preflight() %}
  {% set role = target.role or 'your_role' %}
  {% set models = target.database ~ '.' ~ target.schema %}
  {% set granted = "create schema if not exists " ~ models ~ "; grant usage, create table, create view on schema " ~ models ~ " to role " ~ role %}
  {% set checks = [
      ('the warehouse ' ~ (target.warehouse or ''), "select 1",
       "grant usage on warehouse " ~ (target.warehouse or 'your_warehouse') ~ " to role " ~ role),
      ('the database ' ~ target.database, "show schemas in database " ~ target.database,
       "grant usage, create schema on database " ~ target.database ~ " to role " ~ role),
      ('tables in ' ~ models, "create or replace transient table " ~ models ~ ".kura_preflight (x integer)", granted),
      ('their end', "drop table if exists " ~ models ~ ".kura_preflight", granted),
      ('the stage ' ~ kura.code_stage(), "list " ~ kura.code_stage(),
       "kura package && dbt run-operation kura_deploy, after: grant create stage, create function on schema " ~ kura.code_schema() ~ " to role " ~ role),
  ] %}
  {% if var('kura_provider') == 'cortex' %}
    {% do checks.append((
        'the model ' ~ var('kura_llm_model'), "select ai_complete(" ~ kura.quoted(var('kura_llm_model')) ~ ", 'Say yes.') as answer",
        "grant database role snowflake.cortex_user to role " ~ role ~ "; where the region lacks the model: alter account set cortex_enabled_cross_region = 'ANY_REGION', or another kura_llm_model")) %}
  {% endif %}
  {% set problems = [] %}
  {% if var('kura_provider') == 'openai' %}
    {% for kind, name, privilege, creation in [
        ('integration', var('kura_snowflake_integration'), 'usage', "create external access integration kura_openai allowed_network_rules = (...) allowed_authentication_secrets = (...) enabled = true"),
        ('secret', var('kura_snowflake_secret'), 'read', "create secret kura_openai_key type = generic_string secret_string = '...'"),
    ] %}
      {% if name %}
        {% do checks.append((
            'the ' ~ kind ~ ' ' ~ name, "describe " ~ kind ~ " " ~ name,
            "grant " ~ privilege ~ " on " ~ kind ~ " " ~ name ~ " to role " ~ role)) %}
      {% else %}
        {% do problems.append("kura_snowflake_" ~ kind ~ " is not set: " ~ creation) %}
      {% endif %}
    {% endfor %}
  {% endif %}
  {% set problems = problems + kura.problems_of(checks) %}
  {% set missing = kura.missing_code() %}
  {% if not missing %}
    {% set problems = problems + kura.problems_of_code(role) %}
  {% else %}
    {% do problems.append("the code (" ~ missing | join(', ') ~ "): kura package && dbt run-operation kura_deploy") %}
  {% endif %}
  {% for problem in problems %}
    {% do log("missing: " ~ problem, info=true) %}
  {% endfor %}
  {% if problems %}
    {% do exceptions.raise_compiler_error(problems | length ~ " of what Kura needs is missing; above, each with its remedy.") %}
  {% endif %}
  {% if var('kura_embedder') == 'cortex' %}
    {# outside of any block, which knows no vectors: so Snowflake itself ends the preflight where this does not work #}
    {% do log("Asking " ~ var('kura_cortex_embedding_model') ~ " for a vector. If that is an error: grant database role snowflake.cortex_user to role "
        ~ role ~ "; or another kura_cortex_embedding_model", info=true) %}
    {% do run_query("select array_size(cast(ai_embed(" ~ kura.quoted(var('kura_cortex_embedding_model')) ~ ", 'yes') as array)) as dimensions") %}
    {% do log("ok: the model " ~ var('kura_cortex_embedding_model'), info=true) %}
  {% endif %}
{% endmacro %}

{#- What keeps the code that is there from running: its packages, and what procedures may do. -#}
{% macro problems_of_code(role) %}
  {% set user = 'pypi' if var('kura_snowflake_pypi') else 'anaconda' %}
  {% set packages = "kura_snowflake_pypi and kura_snowflake_packages, then dbt run-operation kura_deploy; grant database role snowflake."
      ~ user ~ "_repository_user to role " ~ role %}
  {% set calls = [('the function kura_has_words', "select " ~ kura.udf('kura_has_words') ~ "('yes') as answer", packages)] %}
  {% for name, arguments, result, handler, needed in kura.deployed_functions() if name.startswith('kura_embed') %}
    {% do calls.append(('the function ' ~ name, "select array_size(" ~ kura.udf(name) ~ "('yes')) as dimensions", packages)) %}
  {% endfor %}
  {% for schema in kura.procedure_schemas() %}
    {% set name = schema ~ '.kura_preflight' %}
    {% set granted = "grant usage, create procedure on schema " ~ schema ~ " to role " ~ role ~ "; look at " ~ packages %}
    {% do calls.append(('a procedure in ' ~ schema, kura.preflight_procedure(name), granted)) %}
    {% do calls.append(('a call of it', "call " ~ name ~ "()", granted)) %}
    {% do calls.append(('its end', "drop procedure if exists " ~ name ~ "()", granted)) %}
  {% endfor %}
  {{ return(kura.problems_of(calls)) }}
{% endmacro %}

{#- What is wrong with statements that are to run, each with what it shows and its remedy; says what is well. -#}
{% macro problems_of(checks) %}
  {% set problems = [] %}
  {% for what, statement, remedy in checks %}
    {% set problem = kura.problem_of(statement) %}
    {% if problem %}
      {% do problems.append(what ~ " (" ~ (problem | replace('\n', ' '))[:200] ~ "): " ~ remedy) %}
    {% else %}
      {% do log("ok: " ~ what, info=true) %}
    {% endif %}
  {% endfor %}
  {{ return(problems) }}
{% endmacro %}

{#- As dbt makes one of a Python model, with all that those of Kura declare. -#}
{% macro preflight_procedure(name) %}
  {% set integration, secret = var('kura_snowflake_integration'), var('kura_snowflake_secret') -%}
create or replace procedure {{ name }}()
returns string
language python
runtime_version = '{{ var("kura_snowflake_python") }}'
packages = ('{{ (var("kura_snowflake_packages") + ["snowflake-snowpark-python"]) | unique | join("', '") }}')
imports = ('{{ kura.code_stage() ~ "/" ~ var("kura_package") }}')
{{ "external_access_integrations = (" ~ integration ~ ")" if integration }}
{{ "secrets = ('openai_api_key' = " ~ secret ~ ")" if secret }}
handler = 'main'
execute as caller
as 'def main(session):
    import kura_udfs.settings
    return "it works"'
{% endmacro %}

{#- What Snowflake says against a statement, or none. -#}
{% macro problem_of(statement) %}
  {% set result = run_query(kura.attempted(statement)) %}
  {% if result.columns | length and result.column_names[0] | lower == 'kura_error' %}
    {{ return(result.rows[0][0] or 'no reason given') }}
  {% endif %}
  {# a function of a model gives null where it can't answer #}
  {{ return('no answer' if result.rows | length == 1 and result.rows[0][0] is none else none) }}
{% endmacro %}
