{#- Deletes what is no longer in the input; not under `--empty` and `--sample`, where most of it seems to be gone. -#}
{% macro forget(key, relation) %}
  {%- if flags.EMPTY or flags.SAMPLE -%}
    select 1
  {%- else -%}
    delete from {{ this }} where {{ key }} not in (select {{ key }} from {{ relation }} where {{ key }} is not null)
  {%- endif -%}
{% endmacro %}
