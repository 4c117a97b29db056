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
        nullif(trim({{ kura.cluster_on() }}), '') as cluster_text
    from transcripts
    inner join summaries using (content_hash)
    where summaries.status = 'ok'

),

final as (

    select
        conversation_id,
        {{ kura.fingerprint(['cluster_text']) }} as text_hash,
        cluster_text
    from chosen
    where cluster_text is not null

)

select * from final
