{#-
  Deletes what is no longer in the input: rows of a table whose column is not among the keys of a relation.
  Not of a table that is not there yet, and not under `--empty` and `--sample`, where most of the input seems to be gone.
-#}
{% macro forget(key, relation, table=this, column=none) %}
  {%- if table and kura.works_on_all() -%}
    delete from {{ table }}
    where {{ column or key }} not in (select {{ key }} from {{ relation }} where {{ key }} is not null)
  {%- endif -%}
{% endmacro %}

{#- Whether this is a run on all of the input: no trial run, and no `dbt clone`, which runs hooks of models that it does not build. -#}
{% macro works_on_all() %}
  {{ return(flags.WHICH != 'clone' and not kura.is_trial()) }}
{% endmacro %}

{#- Texts by which conversations may be told apart, whichever of them lenses have at present. -#}
{% macro possible_texts(transcripts, summaries) %}
  (
    {%- for text in ['user_turns', 'request', 'summary', 'task', 'topic', 'issue'] %}
    select {{ kura.fingerprint(["nullif(trim(" ~ text ~ "), '')"]) }} as text_hash
    from {{ transcripts }}
    inner join {{ summaries }} using (content_hash)
    {{- ' union all' if not loop.last }}
    {%- endfor %}
  ) as possible_texts
{% endmacro %}
