with places as (

    select * from {{ ref('int_kura__published_places') }}

),

assignments as (

    select * from {{ ref('int_kura__assignments') }}

),

conversations as (

    select
        conversation_id,
        started_at
    from {{ ref('stg_kura__conversations') }}

),

final as (

    select
        places.conversation_id,
        places.lens,
        places.cluster_id,
        assignments.distance as cluster_distance,
        assignments.is_outlier,
        conversations.started_at
    from places
    inner join assignments
        on places.lens = assignments.lens and places.conversation_id = assignments.conversation_id
    inner join conversations on places.conversation_id = conversations.conversation_id

)

select * from final
