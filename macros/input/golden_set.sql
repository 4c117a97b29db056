{#- Says how many conversations of the golden set are not in the input: they count nowhere. -#}
{% macro say_unknown_golden(golden_set, conversations) %}
  {% if kura.is_run() and not kura.is_trial() %}
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
