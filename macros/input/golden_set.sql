{#-
  The table of `kura_golden_set`, as it stands after `from`; none where there is none, or nothing is built. Raises an error that says
  what it lacks.
-#}
{% macro golden_set_rows() %}
  {% set name = var('kura_golden_set') %}
  {% if name is none or not execute %}
    {{ return(none) }}
  {% endif %}
  {% set is_query = kura.is_query(name) %}
  {% set relation = none if is_query else kura.named_relation(name) %}
  {% if not is_query and not relation %}
    {% do exceptions.raise_compiler_error(
        "kura_golden_set `" ~ name ~ "`: there is no such table or view in " ~ target.database ~ ". Put a CSV with a column conversation_id into"
        ~ " your seeds, and name it: kura_golden_set: \"{{ ref('golden_set') }}\" (docs/evaluation-sets.md).") %}
  {% endif %}
  {% set rows = name if is_query else relation | string %}
  {% set there = kura.input_columns({'rows': rows, 'is_json': false, 'is_query': is_query}) | map('lower') | list %}
  {% if 'conversation_id' not in there %}
    {% do exceptions.raise_compiler_error(
        "kura_golden_set `" ~ (kura.query_shown(name) if is_query else name) ~ "` has no column conversation_id, by which its conversations are"
        ~ " found: it has " ~ there | join(', ') ~ " (docs/evaluation-sets.md).") %}
  {% endif %}
  {{ return(rows) }}
{% endmacro %}

{#- Says how many conversations of the golden set are not in the input: they count nowhere. -#}
{% macro say_unknown_golden(golden_set, conversations) %}
  {% if kura.is_run() and not flags.EMPTY and not flags.SAMPLE %}
    {% set asked %}
      select count(*), count(known.conversation_id)
      from {{ golden_set }} as golden
      left join {{ conversations }} as known on golden.conversation_id = known.conversation_id
    {% endset %}
    {% set row = run_query(asked).rows[0] %}
    {% if row[0] | int > row[1] | int %}
      {% do exceptions.warn("Kura: " ~ (row[0] | int - row[1] | int) ~ " of " ~ row[0] ~ " conversations of kura_golden_set are not in the input, and"
          ~ " count nowhere: they are gone from it, or their ids are written in another way.") %}
    {% endif %}
  {% endif %}
{% endmacro %}
