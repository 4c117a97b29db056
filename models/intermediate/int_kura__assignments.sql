with conversations as (

    select * from {{ ref('stg_kura__conversations') }}

),

texts as (

    select * from {{ ref('int_kura__conversation_texts') }}

),

embeddings as (

    select * from {{ ref('int_kura__embeddings') }}

),

fitted as (

    select * from {{ ref('int_kura__cluster_fit') }}

),

leaves as (

    select * from {{ ref('int_kura__cluster_names') }}
    where is_leaf

),

-- where the fit has put a text, there it stays, though another centre may be nearer
from_fit as (

    select
        fitted.text_hash,
        leaves.cluster_id,
        {{ kura.cosine_distance('embeddings.embedding', 'leaves.centroid') }} as distance
    from fitted
    inner join embeddings using (text_hash)
    left join leaves using (cluster_id)

),

beyond_fit as (

    select
        embeddings.text_hash,
        leaves.cluster_id,
        leaves.radius,
        {{ kura.cosine_distance('embeddings.embedding', 'leaves.centroid') }} as distance
    from embeddings
    cross join leaves
    where embeddings.text_hash not in (select text_hash from fitted)

),

nearest as (

    select *
    from beyond_fit
    qualify row_number() over (partition by text_hash order by distance, cluster_id) = 1

),

assigned as (

    select
        text_hash,
        cluster_id,
        distance
    from from_fit

    union all

    select
        text_hash,
        case when distance <= radius then cluster_id end as cluster_id,
        case when distance <= radius then distance end as distance
    from nearest

),

final as (

    select
        conversations.conversation_id,
        texts.text_hash,
        case
            when texts.text_hash is null then '{{ kura.unprocessed_id() }}'
            else coalesce(assigned.cluster_id, '{{ kura.outliers_id() }}')
        end as cluster_id,
        assigned.distance,
        texts.text_hash is not null and assigned.cluster_id is null as is_outlier
    from conversations
    left join texts using (conversation_id)
    left join assigned on texts.text_hash = assigned.text_hash
)

select * from final
