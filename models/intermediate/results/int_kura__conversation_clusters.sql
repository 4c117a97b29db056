with places as (

    select * from {{ ref('int_kura__published_places') }}

),

assignments as (

    select * from {{ ref('int_kura__assignments') }}

),

final as (

    select
        places.conversation_id,
        places.lens,
        places.cluster_id,
        assignments.distance as cluster_distance,
        assignments.is_outlier
    from places
    inner join assignments
        on places.lens = assignments.lens and places.conversation_id = assignments.conversation_id

)

select * from final
