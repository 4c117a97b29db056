with transcripts as (

    select * from {{ ref('int_kura__transcripts') }}

),

summaries as (

    select * from {{ ref('int_kura__summaries') }}

),

-- the one text by which conversations are told apart
chosen as (

    select
        transcripts.conversation_id,
        nullif(trim({{ kura.cluster_on() }}), '') as cluster_text,
        -- what a model writes need not be in the language of the conversation
        case
            when {{ kura.cluster_on() == 'user_turns' or var('kura_provider') == 'local' }}
                then nullif(split_part(summaries.languages, ', ', 1), '')
        end as language
    from transcripts
    inner join summaries using (content_hash)
    where summaries.status = 'ok'

),

final as (

    select
        conversation_id,
        {{ kura.fingerprint(['cluster_text']) }} as text_hash,
        cluster_text,
        language
    from chosen
    where cluster_text is not null

)

select * from final
