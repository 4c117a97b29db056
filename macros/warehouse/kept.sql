{#-
  What Python has made of a text is kept beside it in the model's own table, which is made anew each time: with a key of all that
  shaped it, so that only what has another key is worked on again, and nothing stays of what is no longer in the input.
-#}

{#- The table that a model has made last time, or none: in a full refresh, or where an earlier version has made it, without columns. -#}
{% macro last_made(columns) %}
  {% set table = kura.built_relation(model.name) if model.resource_type == 'model' and not flags.FULL_REFRESH else none %}
  {% set there = adapter.get_columns_in_relation(table) | map(attribute='name') | map('lower') | list if table else [] %}
  {{ return(table if columns | reject('in', there) | list | length == 0 else none) }}
{% endmacro %}

{#- What the code that reads and redacts texts is known by, and what SQL does around it. -#}
{% macro text_recipe(sql) %}
  {{ return(kura.fingerprint([kura.quoted(local_md5(sql)), adapter.dispatch('code_recipe', 'kura')()])) }}
{% endmacro %}

{% macro default__code_recipe() %}{{ return('kura_text_recipe()') }}{% endmacro %}

{% macro snowflake__code_recipe() %}{{ return(kura.quoted(kura.code_version())) }}{% endmacro %}

{#- What the parser is given (texts, any of which may be null), and what the parser is, as one key. -#}
{% macro parse_key(texts, parser) %}
  {% set parts = ['(select recipe from parser)'] %}
  {% for text in texts %}
    {% do parts.append("coalesce(md5(" ~ text ~ "), 'null')") %}
  {% endfor %}
  {{ return(kura.fingerprint(parts)) }}
{% endmacro %}

{#-
  The CTEs `known`, what was parsed last time, and `unknown`, the rows of a relation with another `parse_key`. The same text in two
  rows was parsed twice, and is told once.
-#}
{% macro known_pieces(relation, last) %}
{%- if last %}
known as (

    select
        kept.parse_key,
        kept.piece,
        kept.message_id,
        kept.role_as_given,
        kept.content,
        kept.sent_at_as_given,
        kept.sent_at,
        kept.saved_at,
        kept.parse_error,
        kept.tool_calls
    from {{ last }} as kept
    inner join (
        select
            parse_key,
            min(source_row) as source_row
        from {{ last }}
        group by parse_key
    ) as told on kept.parse_key = told.parse_key and kept.source_row = told.source_row

),

unknown as (

    select * from {{ relation }}
    where parse_key not in (select parse_key from {{ last }})

),
{%- else %}
unknown as (

    select * from {{ relation }}

),
{%- endif %}
{% endmacro %}
