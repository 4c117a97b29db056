{{ config(enabled=var('kura_redact_names') is not none) }}
{%- set known = kura.built_relation('int_kura__nameless_texts') %}

with messages as (

    select * from {{ ref('stg_kura__messages') }}

),

{{ kura.redacted_messages('messages') }},

texts as (

    select distinct content
    from messages_without_patterns
    where content is not null

),

keyed as (

    select
        content,
        {{ kura.name_key('content') }} as name_key
    from texts

),

-- the model takes milliseconds for a text, so each is read once and not every night
known as (

    {% if known and not flags.FULL_REFRESH -%}
    select
        keyed.name_key,
        known.content
    from keyed
    inner join {{ known }} as known on keyed.name_key = known.name_key
    {%- else -%}
    select
        name_key,
        content
    from keyed
    where false
    {%- endif %}

),

final as (

    select * from known
    union all
    select
        name_key,
        {{ kura.without_names('content') }} as content
    from keyed
    where name_key not in (select name_key from known)

)

select * from final
