{#-
  Deletes what is no longer in the input: rows of a table whose column is not among the keys of a relation.
  Not under `--empty` and `--sample`, where most of the input seems to be gone.
-#}
{% macro forget(key, relation, table=this, column=none) %}
  {%- if flags.EMPTY or flags.SAMPLE -%}
    select 1
  {%- else -%}
    delete from {{ table }}
    where {{ column or key }} not in (select {{ key }} from {{ relation }} where {{ key }} is not null)
  {%- endif -%}
{% endmacro %}
