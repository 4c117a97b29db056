{%- do kura.check_settings() -%}
{%- set input = kura.input() -%}
{%- set columns = input.columns -%}

with source_rows as (

    select * from {{ input.rows }}

),

numbered as (

    select
        *,
        {{ kura.source_row_number(kura.fields_in_order(columns)) }} as source_row
    from source_rows

),

fields as (

    select
        source_row,
        {% for field in kura.input_fields() -%}
        {{ columns.get(field, 'null') }} as {{ field }},
        {% endfor -%}
        {{ 'source_name' if input.is_json else "'" ~ input.name | replace("'", "''") ~ "'" }} as source_name,
        {{ 'raw_text' if input.is_json else columns.get('messages' if input.format != 'messages' else 'content', 'null') }} as raw_text,
        {{ 'raw_json is null' if input.is_json else 'false' }} as is_unreadable
    from numbered

),

{% if input.format == 'messages' %}
messages as (

    select
        source_name,
        source_row,
        raw_text,
        conversation_id,
        user_id,
        metadata,
        message_id,
        role as role_as_given,
        row_number() over (
            partition by conversation_id order by {{ kura.as_timestamp('created_at') }}, source_row
        ) as position,
        {{ kura.as_timestamp('created_at') }} as created_at,
        {{ kura.as_timestamp('created_at') }} as conversation_created_at,
        {{ kura.udf('kura_content_text') }}(content) as content,
        case when is_unreadable then 'unreadable_row' end as parse_error
    from fields

),
{% else %}
identified as (

    select
        * exclude (conversation_id),
        {% if input.format == 'openai' -%}
        -- bare chats have no id: the content is one, told apart from its repetitions by their number
        coalesce(conversation_id, md5(messages) || '-' || row_number() over (partition by messages order by source_row)) as conversation_id
        {%- else -%}
        conversation_id
        {%- endif %}
    from fields

),

latest as (

    -- an export that holds a conversation twice holds its earlier state too
    select
        *,
        conversation_id is not null
        and row_number() over (
            partition by conversation_id
            order by {{ kura.as_timestamp('created_at') }} desc nulls last, source_row desc
        ) > 1 as is_repeated
    from identified

),

unnested as (

{{ kura.unnest_messages('latest') }}

),

messages as (

    select
        source_name,
        source_row,
        coalesce(message_content, raw_text) as raw_text,
        conversation_id,
        user_id,
        metadata,
        message_id,
        message_role as role_as_given,
        message_position as position,
        {{ kura.as_timestamp('message_created_at') }} as created_at,
        {{ kura.as_timestamp('created_at') }} as conversation_created_at,
        message_content as content,
        case
            when is_unreadable then 'unreadable_row'
            when is_repeated then 'repeated_conversation'
            else message_error
        end as parse_error
    from unnested

),
{% endif %}

marked as (

    -- without an id or a time of its own, a second "yes" is a second message
    select
        *,
        {{ kura.role_name('role_as_given') }} as role,
        coalesce(
            message_id,
            case when created_at is not null then {{ kura.fingerprint(['created_at', 'role_as_given', 'content']) }} end,
            cast(source_row as {{ dbt.type_string() }}) || '-' || cast(position as {{ dbt.type_string() }})
        ) as identity
    from messages

),

counted as (

    select
        *,
        row_number() over (
            partition by conversation_id, parse_error, identity order by source_row, position
        ) as repetition
    from marked

),

final as (

    select
        source_name,
        source_row,
        position,
        conversation_id,
        message_id,
        user_id,
        role,
        content,
        metadata,
        created_at,
        conversation_created_at,
        raw_text,
        case
            when parse_error = 'unreadable_row' then parse_error
            when nullif(trim(conversation_id), '') is null then 'missing_conversation_id'
            when parse_error is not null then parse_error
            when nullif(trim(role_as_given), '') is null then 'missing_role'
            when role is null then 'unknown_role'
            when content is null then 'empty_content'
            when repetition > 1 then 'duplicate_message'
        end as rejection_reason
    from counted

)

select * from final
