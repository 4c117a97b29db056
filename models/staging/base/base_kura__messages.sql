{%- do kura.check_settings() -%} {#- again, for who runs a project that was parsed with other settings -#}
{%- set input = kura.input() -%}
{%- set columns = input.columns -%}
{%- set is_of_messages = 'content' in kura.input_formats()[input.format]['required'] -%}
{%- set has_message_ids = kura.has_field(columns, 'message_id') -%}
{%- set last = kura.last_made(['parse_key', 'piece', 'parse_error', 'sent_at_as_given', 'sent_at', 'saved_at']) -%}

with source_rows as (

    select * from {{ input.rows }}

),

numbered as (

    select
        *,
        {{ kura.source_row_number(input.order or kura.fields_in_order(columns)) }} as source_row
    from source_rows

),

fields as (

    select
        source_row,
        {% for field in kura.input_fields() -%}
        {{ columns.get(field, 'null') }} as {{ field }},
        {% endfor -%}
        {{ kura.as_object(input.attributes) }} as attributes,
        {{ 'source_name' if input.is_json else kura.quoted(input.name) }} as source_name,
        {{ 'raw_text' if input.is_json else columns.get('content' if is_of_messages else 'messages', 'null') }} as raw_text,
        {{ 'raw_json is null' if input.is_json else 'false' }} as is_unreadable
    from numbered

),

{{ kura.gathered_conversations('fields', input.format) if input.gathers }}

{{ kura.messages_of_rows('fields', has_message_ids, input.makes_ids, last) if is_of_messages
    else kura.messages_of_conversations('gathered' if input.gathers else 'fields', input.format, input.makes_ids, input.has_repeated, last) }},

named as (

    select
        *,
        {{ kura.role_name('role_as_given') }} as role
    from messages

),

marked as (

    -- without an id or a time of its own, a second "yes" is a second message
    select
        * exclude (identity, conversation_sent_at, role),
        {{ kura.role_in_conversation(input.format) }} as role,
        case when {{ kura.is_plausible('sent_at') }} then sent_at end as created_at,
        case when {{ kura.is_plausible('conversation_sent_at') }} then conversation_sent_at end as conversation_created_at,
        coalesce(
            identity,
            case
                when sent_at is not null
                    then {{ kura.fingerprint([kura.as_text('sent_at', 'timestamp'), 'role_as_given', 'content']) }}
            end,
            cast(source_row as {{ dbt.type_string() }}) || '-' || cast(position as {{ dbt.type_string() }})
        ) as identity
    from named

),

-- of a message that was saved again as it grew, the last state that says something counts
counted as (

    select
        *,
        row_number() over (
            partition by conversation_id, parse_error, identity
            order by
                case when nullif(trim(content), '') is null then 1 else 0 end asc,
                saved_at desc nulls last,
                length(content) desc,
                source_row asc,
                position asc
        ) as repetition
    from marked

),

final as (

    select
        source_name,
        source_row,
        position,
        {{ kura.id_as_kept('conversation_id') }} as conversation_id,
        message_id,
        message_number,
        {{ kura.id_as_kept('user_id') }} as user_id,
        role,
        role_as_given,
        content,
        tool_calls,
        metadata,
        attributes,
        created_at,
        conversation_created_at,
        nullif(trim({{ kura.null_if_nothing('time_as_given') }}), '') is not null
        and coalesce(created_at, conversation_created_at) is null as has_unread_time,
        raw_text,
        case
            when parse_error in ('unreadable_row', 'event_without_words') then parse_error
            when nullif(trim(conversation_id), '') is null then 'missing_conversation_id'
            when parse_error is not null then parse_error
            when nullif(trim(role_as_given), '') is null then 'missing_role'
            when role is null then 'unknown_role'
            when content is null then 'empty_content'
            when repetition > 1 then 'duplicate_message'
        end as rejection_reason,
        parse_key,
        piece,
        message_error as parse_error,
        sent_at_as_given,
        sent_at,
        saved_at,
        {{ kura.quoted(tojson(input.read_as)) }} as read_as
    from counted

)

select * from final
