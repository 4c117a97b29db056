{#- Who says a message, by what the input says of it. -#}
{% macro told_role(source, types, columns) %}
  {% if not kura.columns_among(types, ['role']) and kura.is_dialogue_system(source, columns['role']) %}
    {% set answers = "case when lower(trim(" ~ columns['role'] ~ ")) = 'system' then 'assistant' else " ~ columns['role'] ~ " end" %}
    {% set columns = dict(columns, role=answers) %}
  {% endif %}
  {{ return(kura.role_or_note(source, types, columns)) }}
{% endmacro %}

{#-
  The role of a message, which is the system's where colleagues say it to each other. A column says so of messages only if it says
  different things of one conversation: otherwise whole conversations are private, or not shared.
-#}
{% macro role_or_note(source, types, columns) %}
  {% set is_note = [] %}
  {% for name, column in kura.columns_among(types, ['type', 'message_type', 'part_type']) %}
    {% do is_note.append("lower(" ~ kura.input_field(source, column, types[column]) ~ ") in ('note', 'private_note', 'internal_note')") %}
  {% endfor %}
  {% for name, column in kura.columns_among(types, ['element']) %}
    {# ServiceNow's journal #}
    {% do is_note.append("lower(" ~ kura.input_field(source, column, types[column]) ~ ") = 'work_notes'") %}
  {% endfor %}
  {% for name, column in kura.columns_among(types, ['private', 'is_private', 'internal', 'is_internal', 'public', 'is_public']) %}
    {% set told = "lower(" ~ kura.input_field(source, column, types[column]) ~ ")" %}
    {% set differing %}
      select 1 as one
      from (select {{ columns['conversation_id'] }} as conversation_id, {{ told }} as told from {{ source.rows }}) as messages
      group by conversation_id
      having count(distinct told) > 1
      limit 1
    {% endset %}
    {% if run_query(differing).rows %}
      {% do is_note.append(told ~ (" in ('false', '0', 'f', 'no', 'n')" if 'public' in name else " in ('true', '1', 't', 'yes', 'y')")) %}
    {% endif %}
  {% endfor %}
  {{ return('case when ' ~ is_note | join(' or ') ~ " then 'system' else " ~ columns['role'] ~ ' end' if is_note else columns['role']) }}
{% endmacro %}

{#-
  Whether who answers is called a system, as in research on dialogues: about as often as users nobody else speaks. A column `role` is
  not asked, because there a system is what models have as one.
-#}
{% macro is_dialogue_system(source, role) %}
  {% set counted %}
    select
        count(case when lower(trim(told)) = 'system' then 1 end),
        count(case when {{ kura.role_name('told') }} = 'user' then 1 end),
        count(case when {{ kura.role_name('told') }} = 'assistant' then 1 end)
    from (select {{ role }} as told from {{ source.rows }} limit 1000) as first_rows
  {% endset %}
  {% set systems, users, others = run_query(counted).rows[0] %}
  {% set is_named = 'system' in var('kura_roles') | map('lower') %}
  {{ return(not is_named and not others and systems > 0 and systems * 2 >= users and users * 2 >= systems) }}
{% endmacro %}
