{#-
  The CTEs up to `messages` of an input with a row for each conversation, which holds its messages as JSON. `last` is the table that
  they were in last time, or none; `has_repeated` is whether an id stands in several rows.
-#}
{% macro messages_of_conversations(fields, format, makes_ids, has_repeated, last) %}
{%- set parser = kura.unnest_messages('conversations') ~ kura.as_timestamp('message_created_at') -%}
{%- set latest_first = "partition by conversation_id order by saved_at desc nulls last, length(messages) desc,"
    ~ " conversation_sent_at desc nulls last, messages, source_row" -%}
{%- set beginning = "cast(least(200, greatest(length(messages) - 5, 0)) as int)" -%}
parser as (

    select {{ kura.text_recipe(parser) }} as recipe

),

identified as (

    select
        * exclude (conversation_id),
        {% if makes_ids -%}
        {{ kura.id_of_what_is_said('messages') }} as conversation_id
        {%- elif format == 'wildchat' -%}
        -- there an id is a hash of what is said, which several people may have said
        conversation_id || case
            when row_number() over (partition by conversation_id order by source_row) > 1
                then '-' || row_number() over (partition by conversation_id order by source_row)
            else ''
        end as conversation_id
        {%- else -%}
        conversation_id
        {%- endif %}
    from {{ fields }}

),

timed as (

    select
        *,
        {{ kura.as_timestamp('created_at') }} as conversation_sent_at,
        {{ kura.as_timestamp('updated_at') }} as saved_at
    from identified

),

latest as (

    -- of a conversation that is there twice its latest state counts, which is the longest where nothing says when it was saved
    select
        *,
        conversation_id is not null and row_number() over ({{ latest_first }}) > 1 as is_repeated,
        -- an earlier state begins alike, up to where its list ends; what begins otherwise and is of another person is no state of it
        user_id <> first_value(user_id) over ({{ latest_first }})
        and left(messages, {{ beginning }}) <> left(first_value(left(messages, 200)) over ({{ latest_first }}), {{ beginning }})
            as is_of_another,
        {{ kura.parse_key(["coalesce(messages, 'null')"], parser) }} as parse_key
    from timed

),

{{ kura.known_pieces('latest', last) }}

unnested as (

{{ kura.unnest_messages('unknown') }}

),

pieces as (

    select
        *,
        {{ kura.as_timestamp('message_created_at') }} as sent_at
    from unnested

    {%- if last %}

    union all

    select
        latest.* exclude (message_id),
        known.piece as message_position,
        known.message_id,
        known.role_as_given as message_role,
        known.content as message_content,
        known.sent_at_as_given as message_created_at,
        known.parse_error as message_error,
        known.tool_calls,
        known.sent_at
    from latest
    inner join known using (parse_key)

    {%- endif %}

),

{% if has_repeated -%}
-- an earlier state says what the latest says, if only its beginning, or at least something that not everybody says
shared as (

    select
        *,
        max(case when not is_repeated and lower(message_role) not in ('system', 'developer') then 1 else 0 end) over (
            partition by conversation_id, message_content
        ) as is_in_latest,
        left(
            first_value(case when not is_repeated then message_content end) over (
                partition by conversation_id, message_position order by case when is_repeated then 1 else 0 end
            ),
            length(message_content)
        ) = message_content as has_grown,
        min(conversation_id) over (partition by message_content) = max(conversation_id) over (partition by message_content)
        and length(message_content) > 8
        and coalesce({{ kura.role_name('message_role') }}, 'user') = 'user' as is_telling
    from pieces

),

{% endif -%}
messages as (

    select
        source_name,
        source_row,
        coalesce(message_content, raw_text) as raw_text,
        conversation_id,
        user_id,
        metadata,
        attributes,
        message_id,
        cast(null as {{ dbt.type_string() }}) as message_number,
        message_role as role_as_given,
        message_position as position,
        message_position as piece,
        parse_key,
        message_error,
        message_created_at as sent_at_as_given,
        sent_at,
        conversation_sent_at,
        saved_at,
        coalesce(message_created_at, created_at) as time_as_given,
        message_content as content,
        tool_calls,
        -- in a list every entry is a message
        cast(source_row as {{ dbt.type_string() }}) || '-' || cast(message_position as {{ dbt.type_string() }}) as identity,
        case
            when is_unreadable then 'unreadable_row'
            when is_repeated and is_of_another then 'conversation_of_another_user'
            {%- if has_repeated %}
            when
                is_repeated
                and message_content is not null
                and max(case when is_telling then is_in_latest else 0 end) over (partition by source_row) = 0
                and max(case when message_content is null or is_in_latest = 1 or has_grown then 0 else 1 end) over (
                    partition by source_row
                ) = 1
                then 'another_conversation'
            {%- endif %}
            when is_repeated then 'repeated_conversation'
            else message_error
        end as parse_error
    from {{ 'shared' if has_repeated else 'pieces' }}

)
{% endmacro %}

{#- An id made of what a conversation says, told apart from its repetitions by their number. -#}
{% macro id_of_what_is_said(said) -%}
  md5({{ said }}) || '-' || row_number() over (partition by {{ said }} order by source_row)
{%- endmacro %}
