-- a few failures are rows that the next run tries again; many mean that something is wrong
with counts as (

    select
        count(*) as conversation_count,
        count(case when status = 'failed' then 1 end) as failed_count
    from {{ ref('fct_kura__conversations') }}

)

select *
from counts
where failed_count > {{ var('kura_max_failed_share') }} * conversation_count
