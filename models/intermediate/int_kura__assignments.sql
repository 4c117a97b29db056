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

shifts as (

    select * from {{ ref('int_kura__language_shifts') }}

),

distinct_texts as (

    select * from {{ ref('int_kura__distinct_texts') }}

),

-- a text of a language that the fit has moved is moved as far: all by cosines, as not every warehouse adds vectors
moved as (

    select
        embeddings.text_hash,
        embeddings.embedding,
        shifts.language,
        sqrt(
            1 + 2 * shifts.length * (1 - {{ kura.cosine_distance('embeddings.embedding', 'shifts.shift') }})
            + shifts.length * shifts.length
        ) as length
    from embeddings
    left join distinct_texts using (text_hash)
    left join shifts on distinct_texts.language = shifts.language

),

-- how much nearer to each centre a shift leads
pulls as (

    select
        shifts.language,
        leaves.cluster_id,
        shifts.length * (1 - {{ kura.cosine_distance('shifts.shift', 'leaves.centroid') }}) as pull
    from shifts
    cross join leaves

),

distances as (

    select
        moved.text_hash,
        leaves.cluster_id,
        leaves.radius,
        1 - (1 - {{ kura.cosine_distance('moved.embedding', 'leaves.centroid') }} + coalesce(pulls.pull, 0))
        / coalesce(nullif(moved.length, 0), 1) as distance
    from moved
    left join fitted using (text_hash)
    inner join leaves on fitted.text_hash is null or fitted.cluster_id = leaves.cluster_id
    left join pulls on moved.language = pulls.language and leaves.cluster_id = pulls.cluster_id

),

nearest as (

    select *
    from distances
    qualify row_number() over (partition by text_hash order by distance, cluster_id) = 1

),

-- where the fit has put a text, there it stays, though another centre may be nearer
assigned as (

    select
        nearest.text_hash,
        nearest.cluster_id,
        nearest.distance
    from nearest
    left join fitted using (text_hash)
    where fitted.text_hash is not null or nearest.distance <= nearest.radius

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
