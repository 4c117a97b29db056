{#- Whether clusters are edited by a table of the user's own. It is not rendered: only the model that reads that table depends on it. -#}
{% macro is_curated() %}
  {{ return(kura.given_settings().get('kura_curation') is not none) }}
{% endmacro %}

{#- A column of a table of the user's own as text without spaces around it; an empty text where there is none. The explorer and
    `kura sample`, as spreadsheets, write an apostrophe before what a spreadsheet would take for a formula (`FORMULA` in
    dashboards/kura_explorer/text.py): a name such as "-20 % offer", and an id such as "-Nx3k", come without it. -#}
{% macro own_text(column, table) %}
  {% set text = "trim(coalesce(cast(" ~ (table.columns[column] if table else "''") ~ " as " ~ dbt.type_string() ~ "), ''))" %}
  {% set behind = "trim(substr(" ~ text ~ ", 2))" %}
  {% set is_escaped = "left(" ~ text ~ ", 1) = '''' and left(" ~ behind ~ ", 1) in ('=', '+', '-', '@', '＝', '＋', '－', '＠')" %}
  {{ return("case when " ~ is_escaped ~ " then " ~ behind ~ " else " ~ text ~ " end") }}
{% endmacro %}

{#- The edits that did not do what they say, in words, for the data test on them. -#}
{% macro say_edits_left_out(curation) %}
  {% set found = run_query("select status, edit, problem from " ~ curation ~ " where status <> 'applied' order by status, cluster_id, edit").rows %}
  {% if found and found[0][0] == 'elsewhere' %}
    {% do exceptions.warn("Kura: " ~ found[0][2] ~ " (kura_curation, " ~ found | length ~ (" edits" if found | length > 1 else " edit") ~ ").") %}
  {% else %}
    {% for status, edit, problem in found[:20] %}
      {% do exceptions.warn("Kura: the edit " ~ edit ~ " of kura_curation is " ~ ("applied, but " if status == 'stale' else "left out: ") ~ problem ~ ".") %}
    {% endfor %}
    {% if found | length > 20 %}
      {% do exceptions.warn("Kura: " ~ (found | length - 20) ~ " more edits of kura_curation are left out or stale: see " ~ curation ~ ".") %}
    {% endif %}
  {% endif %}
{% endmacro %}
