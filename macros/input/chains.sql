{#-
  Where links alone tell conversations apart, what each row is known by and what it goes on from, as [own, previous]: messages that reply,
  or answers that name the one before.
-#}
{% macro links_of_conversations(source, types, format, columns) %}
  {% set found = none %}
  {% if format in ['messages', 'senders'] and not kura.has_field(columns, 'conversation_id') %}
    {% set found = kura.replies(source, types) %}
  {% elif format == 'calls' and not var('kura_columns').get('conversation_id') %}
    {% set own, previous = kura.columns_among(types, ['response_id', 'id']), kura.columns_among(types, ['previous_response_id']) %}
    {% set has_id = kura.has_any(kura.letters(types), (kura.input_formats()['calls']['ids'] | select('string') | list) + ['conversation']) %}
    {% set found = [own[0], previous[0]] if own and previous and not has_id else none %}
  {% endif %}
  {{ return([kura.field_or_null(source, types, found[0][1]), kura.field_or_null(source, types, found[1][1])] if found else none) }}
{% endmacro %}

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

    {{ kura.chains_of_links() }}

    select
        answers.*,
        coalesce(chains.chain_id, answers.own_id) as chain_id,
        chains.chain_place
    from (select *, {{ own }} as own_id from {{ rows }}) as answers
    left join chains on answers.own_id = chains.own
)
{%- endmacro %}

{#- The CTE `chains`, of `links`: each `own` with the first of its chain, and how many came before it; none for a chain that has no first. -#}
{% macro chains_of_links() %}
  {{ return(adapter.dispatch('chains_of_links', 'kura')()) }}
{% endmacro %}

{% macro default__chains_of_links() -%}
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
{%- endmacro %}

{#-
  A recursive query may go only a hundred steps deep there. Here each step leaps twice as far as the one before: fourteen are enough for
  16,384 links.
-#}
{% macro snowflake__chains_of_links() -%}
    leaps_0 as (

        select
            links.own,
            earlier.own as far,
            case when earlier.own is null then coalesce(links.previous, links.own) end as chain_id,
            case when earlier.own is null then 0 else 1 end as chain_place
        from links
        left join links as earlier on links.previous = earlier.own

    ),

    {% for step in range(1, 15) %}
    leaps_{{ step }} as (

        select
            near.own,
            distant.far,
            coalesce(near.chain_id, distant.chain_id) as chain_id,
            near.chain_place + coalesce(distant.chain_place, 0) as chain_place
        from leaps_{{ step - 1 }} as near
        left join leaps_{{ step - 1 }} as distant on near.far = distant.own

    ),

    {% endfor %}
    chains as (

        select
            own,
            chain_id,
            chain_place
        from leaps_14
        where chain_id is not null

    )
{%- endmacro %}

{#-
  What a message of a conversation is known by, and the one that it follows, as [own, previous], where nothing but such links says what
  came first: neither a time nor a number.
-#}
{% macro links(source, types, columns) %}
  {% set is_ordered = kura.has_field(columns, 'created_at') or kura.has_field(columns, 'message_number') %}
  {% set previous = kura.columns_among(types, [
      'parent_message_id', 'parent_id', 'parent_uuid', 'parent', 'previous_message_id', 'previous_id', 'in_reply_to', 'reply_to_id'
  ]) | first %}
  {% if is_ordered or not previous or not kura.has_field(columns, 'message_id') %}
    {{ return(none) }}
  {% endif %}
  {# elsewhere another conversation may have the same ids #}
  {% set conversation = columns['conversation_id'] ~ " || ' ' || " %}
  {{ return([conversation ~ columns['message_id'], conversation ~ kura.field_or_null(source, types, previous[1])]) }}
{% endmacro %}
