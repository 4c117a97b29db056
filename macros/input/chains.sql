{#-
  Where no column has a conversation's id, those of a message's own and of what it replies to, which may be a case, too: most messages
  say so, for in a chat in which some replies quote something the others would be conversations of their own.
-#}
{% macro replies(source, types) %}
  {% set own = kura.columns_among(types, ['message_id', 'tweet_id', 'comment_id', 'uuid', 'id']) | first %}
  {% set previous = kura.columns_among(types, [
      'in_reply_to', 'in_reply_to_id', 'in_response_to_tweet_id', 'reply_to_id', 'reply_to_message_id', 'parent_message_id', 'parent_id'
  ]) | first %}
  {% if not own or not previous %}
    {{ return(none) }}
  {% endif %}
  {% set counted %}
    select
        count({{ kura.field_or_null(source, types, own[1]) }}),
        count({{ kura.field_or_null(source, types, previous[1]) }})
    from (select * from {{ source.rows }} limit 1000) as first_rows
  {% endset %}
  {% set messages, linked = run_query(counted).rows[0] %}
  {{ return([own, previous] if messages and linked * 2 >= messages else none) }}
{% endmacro %}

{#-
  The rows of answers that name the one before (`previous_response_id`), each with the id of the first in a column `chain_id`, and how
  many came before it in `chain_place`. Where the one before is not there, its id is the first's.
-#}
{% macro chained(rows, own, previous) -%}
(
    with recursive links as (

        select
            own,
            min(previous) as previous
        from (select {{ own }} as own, nullif({{ previous }}, 'null') as previous from {{ rows }}) as told
        where own is not null
        group by own

    ),

    chains as (

        select
            links.own,
            coalesce(links.previous, links.own) as chain_id,
            0 as chain_place
        from links
        left join links as before on links.previous = before.own
        where before.own is null

        union all

        select
            links.own,
            chains.chain_id,
            chains.chain_place + 1
        from links
        inner join chains on links.previous = chains.own

    )

    select
        answers.*,
        coalesce(chains.chain_id, answers.own_id) as chain_id,
        chains.chain_place
    from (select *, {{ own }} as own_id from {{ rows }}) as answers
    left join chains on answers.own_id = chains.own
)
{%- endmacro %}

{#-
  What a message of a conversation is known by, and the one that it follows, as [own, previous], where nothing but such links says what
  came first: neither a time nor a number.
-#}
{% macro links(source, types, columns) %}
  {% set is_ordered = not columns['created_at'].startswith('cast(null') or not columns['message_number'].startswith('cast(null') %}
  {% set previous = kura.columns_among(types, [
      'parent_message_id', 'parent_id', 'parent_uuid', 'parent', 'previous_message_id', 'previous_id', 'in_reply_to', 'reply_to_id'
  ]) | first %}
  {% if is_ordered or not previous or columns['message_id'].startswith('cast(null') %}
    {{ return(none) }}
  {% endif %}
  {# elsewhere another conversation may have the same ids #}
  {% set conversation = columns['conversation_id'] ~ " || ' ' || " %}
  {{ return([conversation ~ columns['message_id'], conversation ~ kura.field_or_null(source, types, previous[1])]) }}
{% endmacro %}

{% macro field_or_null(source, types, column) %}
  {{ return("nullif(trim(" ~ kura.input_field(source, column, types[column]) ~ "), '')") }}
{% endmacro %}
