{#-
  Deletes what is no longer in the input: rows of a table whose column is not among the keys of a relation.
  Not of a table that is not there yet, and not under `--empty` and `--sample`, where most of the input seems to be gone.
-#}
{% macro forget(key, relation, table=this, column=none) %}
  {%- if table and not flags.EMPTY and not flags.SAMPLE -%}
    delete from {{ table }}
    where {{ column or key }} not in (select {{ key }} from {{ relation }} where {{ key }} is not null)
  {%- endif -%}
{% endmacro %}
