with conversations as (

    select * from {{ ref('stg_kura__conversations') }}

),

transcripts as (

    select * from {{ ref('int_kura__transcripts') }}

),

summaries as (

    select * from {{ ref('int_kura__summaries') }}

),

assignments as (

    select * from {{ ref('int_kura__assignments') }}

),

positions as (

    select * from {{ ref('int_kura__map') }}

),

final as (

    select
        -- ids
        conversations.conversation_id,
        conversations.user_id,
        assignments.cluster_id,

        -- text
        summaries.summary,
        summaries.request,
        summaries.task,
        summaries.topic,
        summaries.languages,
        summaries.assistant_errors,
        case
            when transcripts.turn_count = 0 then 'empty'
            when transcripts.turn_count <= 2 then 'one exchange'
            when transcripts.turn_count <= 6 then 'short'
            else 'long'
        end as conversation_length,

        -- numbers
        summaries.concerning_score,
        summaries.user_frustration,
        summaries.concerning_score >= 3 as is_concerning,
        summaries.user_frustration >= 4 as is_frustrated,
        transcripts.turn_count,
        transcripts.user_turn_count,
        transcripts.token_count,
        assignments.distance as cluster_distance,
        positions.x,
        positions.y,

        -- processing
        case
            when summaries.status <> 'ok' then summaries.status
            when assignments.text_hash is null then 'empty'
            else 'ok'
        end as status,
        summaries.error,
        assignments.is_outlier,
        summaries.model,
        summaries.input_tokens,
        summaries.output_tokens,
        summaries.cost_usd,

        -- timestamps
        conversations.started_at,
        conversations.ended_at
    from conversations
    inner join transcripts using (conversation_id)
    inner join assignments using (conversation_id)
    left join summaries on transcripts.content_hash = summaries.content_hash and not transcripts.is_empty
    left join positions on assignments.text_hash = positions.text_hash

)

select * from final
