with conversations as (

    select * from {{ ref('stg_kura__conversations') }}

),

transcripts as (

    select * from {{ ref('int_kura__transcripts') }}

),

summaries as (

    select
        *,
        coalesce(model, '') = 'local' as is_extract
    from {{ ref('int_kura__summaries') }}

),

assignments as (

    select * from {{ ref('int_kura__assignments') }}
    where lens = '{{ kura.first_lens() }}'

),

places as (

    select
        *,
        cluster_id = '{{ kura.outliers_id() }}' as is_outlier
    from {{ ref('int_kura__published_places') }}
    where lens = '{{ kura.first_lens() }}'

),

positions as (

    select * from {{ ref('int_kura__map') }}

),

-- nothing that was said in a cluster of too few, and not what somebody typed who is alone with it
told as (

    select
        transcripts.conversation_id,
        case when not summaries.is_extract then summaries.summary end as summary,
        case
            when summaries.is_extract {{- " and not places.is_outlier" if var('kura_publish') != 'transcripts' }} then summaries.summary
        end as extract,
        case when not summaries.is_extract then summaries.request end as request,
        summaries.task,
        summaries.topic,
        summaries.assistant_errors,
        summaries.issue,
        -- what a model gives as evidence counts where it was said, and is the user's own
        case
            when
                {{ kura.is_said_in('summaries.outcome_evidence', 'transcripts.transcript') }}
                {{- " and not places.is_outlier" if var('kura_publish') != 'transcripts' }}
                then summaries.outcome_evidence
        end as outcome_evidence,
        {{ 'transcripts.transcript' if var('kura_publish') == 'transcripts' else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as transcript
    from places
    inner join transcripts using (conversation_id)
    left join summaries on transcripts.content_hash = summaries.content_hash and not transcripts.is_empty
    where not places.is_hidden

),

final as (

    select
        -- ids
        conversations.conversation_id,
        conversations.user_id,
        places.cluster_id,

        -- text
        told.summary,
        told.extract,
        told.request,
        told.task,
        told.topic,
        summaries.languages,
        told.assistant_errors,
        told.issue,
        summaries.issue_side,
        summaries.outcome,
        told.outcome_evidence,
        told.transcript,
        {{ kura.conversation_url('conversations.conversation_id') }} as conversation_url,
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
        cast({{ kura.local_time('conversations.started_at') }} as date) as started_on,
        conversations.ended_at
    from conversations
    inner join transcripts using (conversation_id)
    inner join assignments using (conversation_id)
    inner join places using (conversation_id)
    left join told using (conversation_id)
    left join summaries on transcripts.content_hash = summaries.content_hash and not transcripts.is_empty
    left join positions on assignments.text_hash = positions.text_hash

)

select * from final
