{#- What tells conversations apart where no column is called so; none where nothing does. -#}
{% macro id_otherwise(source, types, shape) %}
  {% set inside = kura.id_inside(source, types) %}
  {% set is_of_messages = 'role' in shape['required'] %}
  {% set plain = kura.plain_ids(source, types) if is_of_messages and not inside else [] %}
  {% if inside %}
    {{ return(kura.place_text(source, types, inside)) }}
  {% elif plain %}
    {{ return(kura.input_field(source, plain[0], types[plain[0]])) }}
  {% elif is_of_messages and kura.replies(source, types) %}
    {{ return(kura.null_text()) }}  {# `links_of_conversations` tells it #}
  {% endif %}
  {{ return(kura.numbers_of_two(source, types) if is_of_messages else none) }}
{% endmacro %}

{#- Where no column has a conversation's id, the place in one that holds what the conversation is: `channel.id`, or none. -#}
{% macro id_inside(source, types) %}
  {% set holders = [['conversation'], ['chat'], ['thread'], ['session'], ['ticket'], ['relationships', 'conversation', 'data']] %}
  {% if 'guild' in types %}
    {# Discord's; elsewhere a channel is chat or mail #}
    {% do holders.append(['channel']) %}
  {% endif %}
  {% for holder in holders %}
    {% for _, column in kura.columns_among(types, holder[:1]) %}
      {% set json = kura.json_at(kura.column_json(source, column, types[column]), holder[1:]) %}
      {% set keys = kura.keys_at(source, json, 1000) %}
      {% for key in ['id', 'conversation_id', 'conversationId', 'chat_id', 'thread_id', 'session_id', 'uuid'] if key in keys %}
        {{ return({'column': column, 'steps': holder[1:] + [key]}) }}
      {% endfor %}
    {% endfor %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#-
  The columns that are called as what they tell apart, if with other words beside it (`wa_conversation_key`), and hold what may be an id:
  short, and neither an object nor a list. Of several with other words none is taken.
-#}
{% macro plain_ids(source, types) %}
  {% set found, others = [], [] %}
  {% set ending = '(conversation|chat|thread|session|ticket|case|dialog|dialogue)s?(id|uuid|guid|key|ref|sid|no|nr|number)$' %}
  {% for column, letters in zip(types, kura.letters(types)) %}
    {% if modules.re.search(ending, letters) and not modules.re.search('prev|parent|last|root', letters) %}
      {% do others.append(column) %}
    {% endif %}
  {% endfor %}
  {% set plain = kura.columns_among(types, [
      'conversation', 'session', 'chat', 'conv', 'convo', 'dialog', 'dialogue', 'ticket', 'case', 'gespräch', 'gespraech', 'unterhaltung', 'sitzung', 'vorgang',
      'conversación', 'conversacion', 'conversa', 'conversazione', 'gesprek', '会話', '会话', '대화', 'диалог'
  ]) %}
  {% set taken = var('kura_columns').values() | select('string') | list %}
  {% for column in (plain | map(attribute=1) | list) or (others if others | length == 1 else []) if column not in taken %}
    {% set held = kura.input_field(source, column, types[column]) %}
    {% set is_text = "length(" ~ held ~ ") > 100 or left(ltrim(" ~ held ~ "), 1) in ('[', '{')" %}
    {% if not kura.any_row(source, is_text, 1000) %}
      {% do found.append(column) %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#-
  Where messages go from one number or address to another, and a direction says whose is ours (SMS), both as an id, which is hashed as those of
  people are; none elsewhere.
-#}
{% macro numbers_of_two(source, types) %}
  {% set found = [] %}
  {% for names in [['from', 'from_number'], ['to', 'to_number'], ['direction']] %}
    {% for _, column in kura.columns_among(types, names)[:1] %}
      {% do found.append("coalesce(" ~ kura.field_or_null(source, types, column) ~ ", '')") %}
    {% endfor %}
  {% endfor %}
  {% if found | length < 3 %}
    {{ return(none) }}
  {% endif %}
  {{ log("Kura: in kura_input `" ~ source.name ~ "` all messages between two numbers or addresses are a conversation. If they are long, give each its own"
      ~ " id in a view.", info=true) }}
  {{ return("'tel:' || least(" ~ found[0] ~ ", " ~ found[1] ~ ") || ' ' || greatest(" ~ found[0] ~ ", " ~ found[1] ~ ")") }}
{% endmacro %}

{#- Whether an id stands in several rows. -#}
{% macro has_repeated(rows, id) %}
  {{ return(run_query("select 1 as one from (select " ~ id ~ " as id from " ~ rows ~ ") as ids where id is not null group by id having count(*) > 1"
      ~ " limit 1").rows | length > 0) }}
{% endmacro %}
