select conversation_id
from {{ ref('stg_kura__conversations') }}
where conversation_id not in (select conversation_id from {{ ref('int_kura__conversations') }})
