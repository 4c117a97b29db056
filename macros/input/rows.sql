{#-
  The CTEs up to `messages` of an input with a row for each message, which may have an id. `last` is the table that they were in
  last time, or none.
-#}
{% macro messages_of_rows(fields, has_message_ids, makes_ids, last) %}
{%- set parser = kura.unnest_contents('messages') ~ kura.as_timestamp('created_at') -%}
parser as (

    select {{ kura.text_recipe(parser) }} as recipe

),

keyed as (

    select
        {% if makes_ids -%}
        * exclude (conversation_id),
        case when not is_unreadable then {{ kura.id_of_what_is_said("coalesce(content, '')") }} end as conversation_id,
        {%- else -%}
        *,
        {%- endif %}
        {{ kura.parse_key(['role', 'content', 'created_at', 'updated_at'], parser) }} as parse_key
    from {{ fields }}

),

{{ kura.known_pieces('keyed', last) }}

spoken as (

{{ kura.unnest_contents('unknown') }}

),

timed as (

    select
        *,
        {{ kura.as_timestamp('created_at') }} as sent_at,
        {{ kura.as_timestamp('updated_at') }} as saved_at
    from spoken

    {%- if last %}

    union all

    select
        keyed.* exclude (role, content),
        known.piece,
        known.role_as_given as role,
        known.content,
        known.sent_at,
        known.saved_at
    from keyed
    inner join known using (parse_key)

    {%- endif %}

),

{% if has_message_ids -%}
-- ids that are counted up say what came first, where times don't; an id that comes again is a turn's, a speaker's or an earlier state's
counted_ids as (

    select
        *,
        case
            when
                count(distinct message_id) over (partition by conversation_id)
                = count(case when piece = 0 then 1 end) over (partition by conversation_id)
                then try_cast(message_id as bigint)
        end as counted_id
    from timed

),

{% endif -%}

placed as (

    -- one without a time stands after those before it, and numbers tell more than times that not all have
    select
        *,
        coalesce(
            sent_at,
            max(sent_at) over (
                partition by conversation_id order by source_row, piece rows between unbounded preceding and current row
            )
        ) as placed_at,
        {% set counted = ['try_cast(message_number as double)'] + (['counted_id'] if has_message_ids else []) -%}
        case
            when count(sent_at) over (partition by conversation_id) = count(*) over (partition by conversation_id) then null
            {%- for count in counted %}
            when count({{ count }}) over (partition by conversation_id) = count(*) over (partition by conversation_id) then {{ count }}
            {%- endfor %}
        end as place
    from {{ 'counted_ids' if has_message_ids else 'timed' }}

),

numbered_pieces as (

    select
        * exclude ({{ 'counted_id, ' if has_message_ids }}placed_at, place),
        row_number() over (
            partition by conversation_id
            order by
                place,
                placed_at nulls first,
                try_cast(message_number as double) nulls last,
                {% if has_message_ids %}counted_id nulls last,{% endif %}
                source_row,
                piece
        ) as position
    from placed

),

{% if has_message_ids -%}
-- what is said under one id, and when, where it is said the shortest
first_states as (

    select
        *,
        first_value(content) over (
            partition by conversation_id, message_id, role, piece
            order by case when nullif(trim(content), '') is null then 1 else 0 end, length(content), sent_at, source_row
        ) as first_content,
        first_value(sent_at) over (
            partition by conversation_id, message_id, role, piece
            order by case when nullif(trim(content), '') is null then 1 else 0 end, length(content), sent_at, source_row
        ) as first_sent_at
    from numbered_pieces

),

{% endif -%}

-- what was called and what was answered stand in several messages, which few inputs have
logs as (

    select
        pieces.conversation_id,
        '[' || {{ dbt.listagg(kura.json_to_text(kura.json_object([
            ['turn', 'pieces.position'], ['created_at', kura.as_text('pieces.sent_at', 'timestamp')], ['content', 'given.content']
        ])), "','", "order by pieces.position") }} || ']' as contents
    from numbered_pieces as pieces
    inner join {{ fields }} as given on pieces.source_row = given.source_row and pieces.piece = 0
    where
        left(trim(given.content), 1) in ('[', '{')
        and (given.content like '%tool%' or given.content like '%unction%' or given.content like '%_call%')
    group by pieces.conversation_id

),

messages as (

    select
        source_name,
        source_row,
        raw_text,
        conversation_id,
        user_id,
        metadata,
        attributes,
        message_id,
        message_number,
        role as role_as_given,
        position,
        piece,
        parse_key,
        cast(null as {{ dbt.type_string() }}) as message_error,
        cast(null as {{ dbt.type_string() }}) as sent_at_as_given,
        sent_at,
        sent_at as conversation_sent_at,
        saved_at,
        created_at as time_as_given,
        content,
        case when position = 1 then {{ kura.udf('kura_tool_calls') }}(logs.contents) end as tool_calls,
        {% if has_message_ids -%}
        -- an id that question and answer share is a turn's: what one of them says under it, saved again, is one message; what
        -- is said under it at another time, or where times tell nothing, and is no more of the same, is another: then it is an id
        -- of something else
        case
            when
                saved_at is not null
                or nullif(trim(content), '') is null
                or left(content, length(first_content)) = first_content
                or (
                    sent_at = first_sent_at
                    and min(sent_at) over (partition by conversation_id) < max(sent_at) over (partition by conversation_id)
                )
                then nullif(trim(message_id), '') || '-' || coalesce(role, '') || '-' || piece
        end as identity,
        {%- else -%}
        cast(null as {{ dbt.type_string() }}) as identity,
        {%- endif %}
        case when is_unreadable then 'unreadable_row' end as parse_error
    from {{ 'first_states' if has_message_ids else 'numbered_pieces' }}
    left join logs using (conversation_id)

)
{% endmacro %}
