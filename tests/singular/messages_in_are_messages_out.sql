-- every message of the input is either used or rejected
with counts as (

    select
        (select count(*) from {{ ref('base_kura__messages') }}) as found,
        (select count(*) from {{ ref('stg_kura__messages') }}) as used,
        (select count(*) from {{ ref('stg_kura__rejected_messages') }}) as rejected

)

select *
from counts
where found <> used + rejected
