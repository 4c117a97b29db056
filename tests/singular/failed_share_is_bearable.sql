-- a few failures are rows that the next run tries again; many mean that something is wrong. It is asked before anything
-- is made of the summaries, so that what stands there from the last run stays.
with transcripts as (

    select * from {{ ref('int_kura__transcripts') }}

),

summaries as (

    select * from {{ ref('int_kura__summaries') }}

),

counts as (

    select
        count(*) as conversation_count,
        count(case when summaries.status = 'failed' then 1 end) as failed_count
    from transcripts
    left join summaries on transcripts.content_hash = summaries.content_hash and not transcripts.is_empty

)

select *
from counts
where failed_count > {{ var('kura_max_failed_share') }} * conversation_count
