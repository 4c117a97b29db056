{#- What the project and the command line say of vars that begin with `kura_`, as it is written: nothing of it is rendered. -#}
{% macro given_settings() %}
  {% set given, project_vars = {}, adapter.config.vars.to_dict() %}
  {% for name, value in project_vars.items() if name.startswith('kura_') %}
    {% do given.update({name: value}) %}
  {% endfor %}
  {% for name, value in project_vars.get('kura', {}).items() %}
    {% do given.update({name: value}) %}
  {% endfor %}
  {% for name, value in adapter.config.cli_vars.items() if name.startswith('kura_') %}
    {% do given.update({name: value}) %}
  {% endfor %}
  {{ return(given) }}
{% endmacro %}

{#- Stops at parse time where dbt was told not to read tests that are written as ours are: it would call one of its own macros wrong. -#}
{% macro check_flags() %}
  {% if (adapter.config.args or {}).REQUIRE_GENERIC_TEST_ARGUMENTS_PROPERTY == false %}
    {% do exceptions.raise_compiler_error(
        "Your dbt_project.yml has `flags: {require_generic_test_arguments_property: false}`, with which dbt can't read Kura's tests: they stand"
        ~ " under `arguments:`, as dbt 1.11 has it by default. Take that line out: tests of yours without `arguments:` go on, with a warning.") %}
  {% endif %}
{% endmacro %}

{#-
  Stops at parse time, before anything runs, on a var that starts with `kura_` and is unknown or holds what it may not.
  It renders nothing, so that it can be called before anything else is known (models/_kura__settings.sql).
-#}
{% macro check_settings() %}
  {% set rules = kura.setting_rules() %}
  {% set given = kura.given_settings() %}
  {% set project_vars = adapter.config.vars.to_dict() %}
  {# in dbt_project.yml they stand below the name of the package; dbt reads none there on the command line, and says nothing #}
  {% set nested = adapter.config.cli_vars.get('kura') %}
  {% for name in (nested if nested is mapping else {}) if name in rules %}
    {% do exceptions.warn("Kura's setting `" ~ name ~ "` is not read below `kura:` in --vars: settings stand at the top level there, --vars '{"
        ~ name ~ ": ...}'.") %}
  {% endfor %}
  {# a var at the root of somebody's project may be theirs, whatever it is called #}
  {% for name in given if name not in rules %}
    {% if name not in project_vars.get('kura', {}) and name not in adapter.config.cli_vars %}
      {% do exceptions.warn("Kura has no setting `" ~ name ~ "`. If that is no var of your own, docs/configuration.md lists them all.") %}
    {% else %}
    {% set similar = kura.similar_names(name, rules) %}
    {% set hint = " Similar ones: `" ~ similar | join("`, `") ~ "`." if similar else "" %}
    {% do exceptions.raise_compiler_error("Kura has no setting `" ~ name ~ "`." ~ hint ~ " docs/configuration.md lists them all.") %}
    {% endif %}
  {% endfor %}
  {% for name, rule in rules.items() if var.has_var(name) %}
    {% set value = given.get(name) if rule.get('holds_ref') else var(name) %}
    {% set wrong_keys = kura.keys_that_are_no_texts(value) %}
    {% set problem = kura.setting_problem(value, rule) if not wrong_keys else 'one whose keys are texts, which ' ~ wrong_keys[0]
        ~ ' is not. YAML reads on, off, yes, no and null as something else: put quotes round them' %}
    {% if problem %}
      {% do exceptions.raise_compiler_error(
          "Kura's setting `" ~ name ~ "` is " ~ kura.shown(value) ~ ", but it must be " ~ problem ~ ".") %}
    {% elif '\x00' in value | string or (value is not string and modules.re.search('(?<!\\\\)(?:\\\\\\\\)*\\\\x00', value | string)) %}
      {% do exceptions.raise_compiler_error("Kura's setting `" ~ name ~ "` holds a NUL character, which no warehouse has in a text: take it out.") %}
    {% endif %}
  {% endfor %}
  {% for name in ['kura_screener', 'kura_llm_batch'] if var(name, none) and var('kura_provider') != 'openai' %}
    {% do exceptions.raise_compiler_error(
        "Kura's setting `" ~ name ~ "` needs a language model behind the OpenAI API: set `kura_provider` to openai, or leave it out.") %}
  {% endfor %}
  {% for name in ['kura_provider', 'kura_embedder'] if var(name) == 'cortex' and target.type != 'snowflake' %}
    {% do exceptions.raise_compiler_error(
        "Kura's setting `" ~ name ~ "` is cortex, but there is none on " ~ target.type ~ ": choose another, or a target on Snowflake.") %}
  {% endfor %}
  {% if kura.lenses_conflict() %}
    {% do exceptions.raise_compiler_error(kura.lenses_conflict()) %}
  {% endif %}
  {% if var('kura_conversation_url') and '{conversation_id}' not in var('kura_conversation_url') %}
    {% do exceptions.raise_compiler_error("Kura's setting `kura_conversation_url` must hold {conversation_id} where the id of a conversation"
        ~ " stands in your addresses, e.g. https://app.example.com/chats/{conversation_id}.") %}
  {% endif %}
  {% for name in ['kura_llm_model', 'kura_naming_model'] if var('kura_provider') == 'cortex' and var(name) and not kura.is_cortex_model(var(name)) %}
    {% do exceptions.raise_compiler_error(
        "Kura's setting `" ~ name ~ "` is " ~ var(name) ~ ", a model that Snowflake Cortex doesn't have. It has "
        ~ kura.cortex_models() | join(', ') ~ " and others, in some regions only: `" ~ name ~ ": claude-haiku-4-5`, say.") %}
  {% endfor %}
  {% if target.type == 'snowflake' and kura.deployed_encoder() == 'minilm' and var('kura_embedder_precision') != 'fp16' %}
    {% do exceptions.raise_compiler_error(
        "Kura's setting `kura_embedder_precision` is " ~ var('kura_embedder_precision') ~ ", but on Snowflake minilm is always fp16: leave it out.") %}
  {% endif %}
  {% if kura.passthrough_problem() %}
    {% do exceptions.raise_compiler_error("Kura's setting `kura_passthrough_columns` " ~ kura.passthrough_problem() ~ ".") %}
  {% endif %}
  {% if kura.comparisons_problem() %}
    {% do exceptions.raise_compiler_error("Kura's setting `kura_compare` " ~ kura.comparisons_problem() ~ ".") %}
  {% endif %}
  {% for name, pattern in var('kura_redact_patterns').items() if pattern is not string %}
    {% do exceptions.raise_compiler_error("Kura's setting `kura_redact_patterns` must hold texts, but `" ~ name ~ "` has " ~ kura.shown(pattern)
        ~ ". Write a regular expression in single quotes, e.g. {employee_id: 'E-[0-9]{6}'}.") %}
  {% endfor %}
  {% if var('kura_redact_names') and target.type == 'snowflake' %}
    {% do exceptions.raise_compiler_error("Kura's setting `kura_redact_names` is " ~ var('kura_redact_names') ~ ", a model that runs beside dbt"
        ~ " and not in Snowflake: leave it out there, or take names out of the input before Kura reads it.") %}
  {% endif %}
  {% if var('kura_embedder') == 'onnx' and target.type == 'snowflake' %}
    {% do exceptions.raise_compiler_error(
        "Kura's setting `kura_embedder` is onnx, whose folder Snowflake can't see: choose minilm, multilingual, cortex, openai or lsa there.") %}
  {% endif %}
{% endmacro %}

{#- Models that AI_COMPLETE has, of each family one at least (autumn 2026). -#}
{% macro cortex_models() %}
  {{ return([
      'claude-haiku-4-5', 'claude-sonnet-4-5', 'claude-sonnet-4-6', 'openai-gpt-4.1', 'openai-gpt-5', 'openai-gpt-5-mini', 'openai-gpt-5-nano',
      'llama3.3-70b', 'llama4-maverick', 'snowflake-llama-3.3-70b', 'mistral-large2', 'mixtral-8x7b', 'deepseek-r1', 'gemini-3.1-pro',
  ]) }}
{% endmacro %}

{#- Whether a name is of a family that Cortex has, whose newest member may be newer than this, or of a model tuned there. -#}
{% macro is_cortex_model(name) %}
  {{ return(modules.re.match('(claude|openai-gpt|(snowflake-)?llama|snowflake-arctic|mi[sx]tral|deepseek|gemini|gemma|jamba|reka)[-0-9]', name)
      is not none or modules.re.fullmatch('[^.]+[.][^.]+[.][^.]+', name) is not none) }}
{% endmacro %}

{#- Stops a run at its start whose encoder, or way to make clusters, is not installed. -#}
{% macro check_encoder() %}
  {% if kura.is_run() %}
    {% set lacking = adapter.dispatch('method_problem', 'kura')(var('kura_clustering_method')) %}
    {% if lacking %}
      {% do exceptions.raise_compiler_error(lacking) %}
    {% endif %}
    {% set problem = adapter.dispatch('encoder_problem', 'kura')(var('kura_embedder'), var('kura_embedder_path')) %}
    {% if problem %}
      {% do exceptions.raise_compiler_error("Kura's setting `kura_embedder` is " ~ var('kura_embedder') ~ ". " ~ problem) %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- Stops a run at its start where a pattern of `kura_redact_patterns` is none, or would match everywhere. -#}
{% macro check_redact_patterns() %}
  {% if var('kura_redact_patterns') and kura.is_run() %}
    {% set problem = run_query("select " ~ kura.udf('kura_patterns_problem') ~ "(" ~ kura.redact_patterns() ~ ")").columns[0][0] %}
    {% if problem %}
      {% do exceptions.raise_compiler_error("Kura's setting `kura_redact_patterns`: " ~ problem ~ ".") %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- Stops a run at its start where the model of `kura_redact_names` is missing, or finds no names. -#}
{% macro check_redact_names() %}
  {% if var('kura_redact_names') and kura.is_run() %}
    {% set problem = run_query("select " ~ kura.udf('kura_names_problem') ~ "(" ~ kura.quoted(var('kura_redact_names')) ~ ")").columns[0][0] %}
    {% if problem %}
      {% do exceptions.raise_compiler_error("Kura's setting `kura_redact_names` is " ~ var('kura_redact_names') ~ ". " ~ problem) %}
    {% endif %}
  {% endif %}
{% endmacro %}

{% macro default__method_problem(name) %}{% endmacro %}

{% macro duckdb__method_problem(name) %}
  {{ return(run_query("select kura_method_problem(" ~ kura.quoted(name) ~ ")").columns[0][0] if name == 'hdbscan' else none) }}
{% endmacro %}

{% macro default__encoder_problem(name, path) %}{% endmacro %}

{% macro duckdb__encoder_problem(name, path) %}
  {% set given = kura.quoted(path) if path else 'null' %}
  {{ return(run_query("select kura_encoder_problem(" ~ kura.quoted(name) ~ ", " ~ given ~ ")").columns[0][0]) }}
{% endmacro %}

{#- The keys, however deep in a value, that are no texts. -#}
{% macro keys_that_are_no_texts(value) %}
  {% set found, held = [], [] %}
  {% if value is mapping %}
    {% do found.extend(value | reject('string') | list) %}
    {% do held.extend(value.values()) %}
  {% elif value is sequence and value is not string %}
    {% do held.extend(value) %}
  {% endif %}
  {% for each in held %}
    {% do found.extend(kura.keys_that_are_no_texts(each)) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- A value of a setting as JSON, for people: what JSON has no word for, such as a date, is a text there. -#}
{% macro shown(value) %}{{ return(kura.as_json_has_it(value) | tojson) }}{% endmacro %}

{% macro as_json_has_it(value) %}
  {% if value is mapping %}
    {% set pairs = {} %}
    {% for key, each in value.items() %}
      {% do pairs.update({key | string: kura.as_json_has_it(each)}) %}
    {% endfor %}
    {{ return(pairs) }}
  {% elif value is sequence and value is not string %}
    {% set entries = [] %}
    {% for each in value %}
      {% do entries.append(kura.as_json_has_it(each)) %}
    {% endfor %}
    {{ return(entries) }}
  {% endif %}
  {{ return(value if value is string or value is number or value is none else value | string) }}
{% endmacro %}

{#- None when the value keeps the rule, or else what it must be, in words. -#}
{% macro setting_problem(value, rule) %}
  {% set optional = rule.get('optional', false) %}
  {% set suffix = ', or null' if optional else '' %}
  {% if value is none %}
    {{ return(none if optional else 'set') }}
  {% elif 'choices' in rule %}
    {{ return(none if value in rule['choices'] else 'one of ' ~ rule['choices'] | join(', ')) }}
  {% elif rule['type'] == 'string' %}
    {{ return(none if value is string and value | trim else 'a text' ~ suffix) }}
  {% elif rule['type'] == 'date' %}
    {% set day = '[0-9]{4}-(?!02-3|(?:0[469]|11)-31)(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])' %}
    {{ return(none if modules.re.fullmatch(day, value | string) else 'a date such as 1990-01-01') }}
  {% elif rule['type'] == 'timezone' %}
    {% set known = modules.pytz.all_timezones %}{# which dbt 2 has no list of #}
    {{ return(none if (value in known if known else value is string) else 'a time zone such as UTC or Europe/Berlin') }}
  {% elif rule['type'] == 'lenses' %}
    {{ return(kura.lenses_problem(value)) }}
  {% elif rule['type'] == 'boolean' %}
    {{ return(none if value is boolean else 'true or false') }}
  {% elif rule['type'] in ['name', 'version', 'zip'] %}
    {% set pattern, words = kura.setting_patterns()[rule['type']] %}
    {{ return(none if modules.re.fullmatch(pattern, value | string) else words ~ suffix) }}
  {% elif rule['type'] == 'list' %}
    {% if value is not sequence or value is string or value is mapping %}
      {{ return('a list') }}
    {% endif %}
    {% if 'values' in rule and value | reject('in', rule['values']) | list %}
      {{ return('a list of ' ~ rule['values'] | join(', ')) }}
    {% endif %}
    {{ return(kura.items_problem(value, rule.get('items'))) }}
  {% elif rule['type'] == 'mapping' %}
    {% if value is not mapping %}
      {{ return('a mapping such as {ours: yours}') }}
    {% endif %}
    {% set wrong_keys = value | list | reject('in', rule['keys']) | list if 'keys' in rule else [] %}
    {% set wrong_values = value.values() | list | reject('in', rule['values']) | list if 'values' in rule else [] %}
    {% if wrong_keys %}
      {{ return('a mapping whose keys are among ' ~ rule['keys'] | join(', ')) }}
    {% elif wrong_values %}
      {{ return('a mapping whose values are among ' ~ rule['values'] | join(', ')) }}
    {% endif %}
    {% for key, each in value.items() if rule.get('places') %}
      {% set is_list = key == 'messages' and each is sequence and each is not string and each is not mapping and each %}
      {% if not (each is string and each) and not (is_list and not each | reject('string') | list) %}
        {{ return('a mapping to names of columns or paths such as chat.messages, of which `messages` may have a list: ' ~ key ~ ' has not') }}
      {% endif %}
    {% endfor %}
  {% else %}
    {# YAML has .nan and .inf, which take nothing away from themselves #}
    {% set is_number = value is number and value is not boolean and value - value == 0 and (rule['type'] == 'number' or value is integer) %}
    {% set low, high = rule.get('min'), rule.get('max') %}
    {% if not is_number or (low is not none and value < low) or (high is not none and value > high) %}
      {% set kind = 'a whole number' if rule['type'] == 'integer' else 'a number' %}
      {% set range = (' of at least ' ~ low if low is not none else '') ~ (' and at most ' ~ high if high is not none else '') %}
      {{ return(kind ~ range ~ suffix) }}
    {% endif %}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{#- What settings that become part of a statement may look like, and that in words. -#}
{% macro setting_patterns() %}
  {% set name = '(?:[A-Za-z_][A-Za-z0-9_]*(?:[$][A-Za-z0-9_]+)*|"[^"\x00-\x1f]+")' %}
  {{ return({
      'name': [name ~ '(?:\\.' ~ name ~ '){0,2}', 'a name of letters, digits and _, or one in double quotes'],
      'version': ['[0-9]+\\.[0-9]+', 'a version such as "3.11", in quotes'],
      'zip': ['[A-Za-z0-9_.+-]+\\.zip', 'the name of a zip file, as `kura package` writes it'],
      'package': ['[A-Za-z0-9_.-]+(?:\\[[A-Za-z0-9_,-]+\\])?(?:[=<>!~]=?[A-Za-z0-9_.*+-]+)?', 'a list of names of packages'],
      'facet': ['[a-z][a-z0-9_]{0,62}', 'a list whose entries have a `name` of small letters, digits and _, each another one'],
  }) }}
{% endmacro %}

{#- None when the entries of a list are what they must be, or else that in words. The name of a facet is that of its column. -#}
{% macro items_problem(values, kind) %}
  {% if not kind %}
    {{ return(none) }}
  {% endif %}
  {% set pattern, words = kura.setting_patterns()[kind] %}
  {% set names = [] %}
  {% for value in values %}
    {% set name = value if kind != 'facet' else (value.get('name') if value is mapping else none) %}
    {% if name is not string or not modules.re.fullmatch(pattern, name) or (kind == 'facet' and name in names) %}
      {{ return(words) }}
    {% endif %}
    {% set problem = kura.facet_problem(value) if kind == 'facet' else none %}
    {% if problem %}
      {{ return(problem) }}
    {% endif %}
    {% do names.append(name) %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- What an entry of `kura_facets` lacks, in words, or none; what can be a value of it is told before anything is asked. -#}
{% macro facet_problem(facet) %}
  {% set types, told, choices = ['text', 'integer', 'boolean', 'list'], facet.get('type'), facet.get('enum') %}
  {% set unknown = facet | list | reject('in', ['name', 'question', 'type', 'enum']) | list %}
  {% if unknown %}
    {% set lack = 'has `' ~ unknown[0] ~ '`' %}
  {% elif facet.get('question') is not string or not facet['question'].strip() %}
    {% set lack = 'has no question' %}
  {% elif (told in [none, 'enum']) == (choices is none) %}
    {% set lack = 'has no values' if told == 'enum' else 'has both' if told else 'has neither' %}
  {% elif choices is none and told not in types %}
    {% set lack = 'has the type `' ~ told ~ '`' %}
  {% endif %}
  {{ return('a list whose entries have a `name`, a `question` and either a `type` (' ~ types | join(', ') ~ ') or an `enum` of values: '
      ~ facet['name'] ~ ' ' ~ lack if lack else none) }}
{% endmacro %}

{#- The candidates in which a word begins as one of the name does, with the same four letters. -#}
{% macro similar_names(name, candidates) %}
  {% set similar = [] %}
  {% for word in name.split('_')[1:] if word %}
    {% for candidate in candidates if '_' ~ word[:4] in candidate %}
      {% do similar.append(candidate) %}
    {% endfor %}
  {% endfor %}
  {{ return(similar | unique | list) }}
{% endmacro %}
