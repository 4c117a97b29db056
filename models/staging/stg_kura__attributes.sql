with messages as (

    select * from {{ ref('base_kura__messages') }}
    where nullif(trim(conversation_id), '') is not null

),

-- what a newer state of a message or conversation says comes last
ordered as (

    select
        conversation_id,
        attributes,
        row_number() over (
            partition by conversation_id
            order by
                case
                    when rejection_reason in (
                        'repeated_conversation', 'conversation_of_another_user', 'another_conversation', 'duplicate_message'
                    ) then 0
                    else 1
                end asc,
                position asc,
                source_row asc
        ) as place
    from messages

),

said as (

    {% for name in kura.passthrough_names() -%}
    select
        conversation_id,
        '{{ name }}' as attribute,
        {{ kura.json_text(kura.parsed_json('attributes'), name) }} as value,
        {{ kura.json_kind('attributes', name) }} as kind,
        place
    from ordered
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        conversation_id,
        cast(null as {{ dbt.type_string() }}) as attribute,
        cast(null as {{ dbt.type_string() }}) as value,
        cast(null as {{ dbt.type_string() }}) as kind,
        place
    from ordered
    {%- endfor %}

),

latest as (

    select
        conversation_id,
        attribute,
        value,
        kind
    from said
    where value is not null
    qualify row_number() over (partition by conversation_id, attribute order by place desc) = 1

),

final as (

    select
        conversation_id,
        attribute,
        value,
        case
            when kind = 'integer' and length(value) > 18 then 'text'
            when kind = 'text' and value like '____-__-__%' and {{ kura.as_timestamp('value') }} is not null then 'time'
            else kind
        end as kind
    from latest

)

select * from final
