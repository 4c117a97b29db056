with transcripts as (

    select * from {{ ref('int_kura__transcripts') }}

),

summaries as (

    select * from {{ ref('int_kura__summaries') }}

),

-- in each lens the one text by which conversations are told apart
chosen as (

    {%- for lens in kura.lenses() %}

    select
        cast('{{ lens['name'] }}' as {{ dbt.type_string() }}) as lens,
        transcripts.conversation_id,
        {{ kura.lens_text(lens) }} as cluster_text,
        -- what a model writes need not be in the language of the conversation
        case
            when {{ lens['text'] == 'user_turns' or var('kura_provider') == 'local' }}
                then nullif(split_part(summaries.languages, ', ', 1), '')
        end as language
    from transcripts
    inner join summaries using (content_hash)
    where summaries.status = 'ok'
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

final as (

    select
        lens,
        conversation_id,
        {{ kura.fingerprint(['cluster_text']) }} as text_hash,
        cluster_text,
        language
    from chosen
    where cluster_text is not null

)

select * from final
