-- a few failures are rows that the next run tries again; many mean that something is wrong. It is asked before anything
-- is made of the summaries, so that what stands there from the last run stays.
{%- set counts %}
    select
        count(*) as conversation_count,
        count(case when summaries.status = 'failed' then 1 end) as failed_count,
        mode(case when summaries.status = 'failed' then summaries.error end) as reason
    from {{ ref('int_kura__transcripts') }} as transcripts
    left join {{ ref('int_kura__summaries') }} as summaries
        on transcripts.content_hash = summaries.content_hash and not transcripts.is_empty
{%- endset -%}
{#- dbt itself tells only that there is a row -#}
{%- set found = run_query(counts).rows if execute and flags.WHICH in ['build', 'test', 'retry'] else [] -%}
{%- for all, failed, reason in found if failed > var('kura_max_failed_share') * all -%}
    {%- do exceptions.warn(
        "Kura: of " ~ all ~ " conversations " ~ failed ~ " got no summary, which is more than kura_max_failed_share ("
        ~ var('kura_max_failed_share') ~ "). The commonest reason: " ~ reason ~ ". What was answered is kept, and readers keep what they have. When"
        ~ " the reason is mended, dbt build asks for the others again; --vars '{kura_max_failed_share: 1}' goes on without them."
    ) -%}
{%- endfor %}

select *
from ({{ counts }}) as counts
where failed_count > {{ var('kura_max_failed_share') }} * conversation_count
