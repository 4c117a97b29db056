{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['lens', 'conversation_id'],
    on_schema_change='append_new_columns',
    post_hook=[
        "{{ kura.forget('conversation_id', ref('stg_kura__conversations')) }}",
        "{{ kura.forget_in_lenses(ref('int_kura__conversation_texts')) }}"
    ]
) }}
{%- set keeps = is_incremental() and kura.has_column(this, 'placed_by') and kura.has_column(this, 'lens') %}

with lenses as (

    {{ kura.lens_rows() }}

),

fits as (

    select
        lenses.lens,
        lenses.excludes_none,
        max(names.fit_id) as fit_id
    from lenses
    left join {{ ref('int_kura__cluster_names') }} as names using (lens)
    group by lenses.lens, lenses.excludes_none

),

texts as (

    select
        fits.lens,
        conversations.conversation_id,
        texts.text_hash,
        distinct_texts.language,
        {{ kura.fingerprint(['fits.fit_id', 'embeddings.recipe', 'texts.text_hash', 'distinct_texts.language']) }} as placed_by
    from {{ ref('stg_kura__conversations') }} as conversations
    cross join fits
    left join {{ ref('int_kura__conversation_texts') }} as texts
        on fits.lens = texts.lens and conversations.conversation_id = texts.conversation_id
    left join {{ ref('int_kura__distinct_texts') }} as distinct_texts
        on texts.lens = distinct_texts.lens and texts.text_hash = distinct_texts.text_hash
    left join {{ ref('int_kura__embeddings') }} as embeddings on texts.text_hash = embeddings.text_hash
    where texts.text_hash is not null or not fits.excludes_none

),

leaves as (

    select
        lens,
        cluster_id,
        centroid,
        radius,
        row_number() over (order by cluster_id) as number
    from {{ ref('int_kura__cluster_names') }}
    where is_leaf

),

placed as (

    select
        lens,
        conversation_id,
        placed_by
    from {{ this if keeps else 'texts' }}
    where {{ 'text_hash is null or is_outlier or cluster_id in (select cluster_id from leaves)' if keeps else 'false' }}

),

-- as long as a fit stands, a text stays where it was placed: a centre moves when texts are deleted, and so may no other text.
-- Only a cluster of which every text is gone leaves what came to it later
open_conversations as (

    select texts.*
    from texts
    left join placed
        on texts.lens = placed.lens and texts.conversation_id = placed.conversation_id and texts.placed_by = placed.placed_by
    where placed.conversation_id is null

),

open_texts as (

    select distinct
        lens,
        text_hash,
        language
    from open_conversations

),

fitted as (

    select * from {{ ref('int_kura__cluster_fit') }}

),

shifts as (

    select * from {{ ref('int_kura__language_shifts') }}

),

vectors as (

    select
        text_hash,
        embedding,
        sqrt({{ kura.inner_product('embedding', 'embedding') }}) as norm
    from {{ ref('int_kura__embeddings') }}

),

-- a text of a language that the fit has moved is moved as far: all by products, as not every warehouse adds vectors
moved as (

    select
        open_texts.lens,
        open_texts.text_hash,
        vectors.embedding,
        shifts.language,
        vectors.norm,
        sqrt(
            1 + coalesce(
                2 * {{ kura.inner_product('vectors.embedding', 'shifts.shift') }} / nullif(vectors.norm, 0)
                + shifts.length * shifts.length, 0
            )
        ) as length
    from open_texts
    inner join vectors on open_texts.text_hash = vectors.text_hash
    left join shifts on open_texts.lens = shifts.lens and open_texts.language = shifts.language

),

-- how much nearer to each centre a shift leads
pulls as (

    select
        shifts.language,
        leaves.cluster_id,
        {{ kura.inner_product('shifts.shift', 'leaves.centroid') }} as pull
    from shifts
    inner join leaves on shifts.lens = leaves.lens

),

-- a text that the fit has put somewhere is compared with no other centre
distances as (

    select
        moved.lens,
        moved.text_hash,
        leaves.number,
        1 - (
            {{ kura.inner_product('moved.embedding', 'leaves.centroid') }} / nullif(moved.norm, 0) + coalesce(pulls.pull, 0)
        ) / nullif(moved.length, 0) as distance
    from moved
    left join fitted on moved.lens = fitted.lens and moved.text_hash = fitted.text_hash
    inner join leaves
        on moved.lens = leaves.lens and (fitted.text_hash is null or fitted.cluster_id = leaves.cluster_id)
    left join pulls on moved.language = pulls.language and leaves.cluster_id = pulls.cluster_id

),

-- the nearest of each by the smallest of numbers, with no sorting: a distance in billionths, then the number of the centre
nearest as (

    select
        lens,
        text_hash,
        min(cast(round(greatest(coalesce(distance, 2), 0) * 1e9) as bigint) * 1000000 + number) as place
    from distances
    group by lens, text_hash

),

-- where the fit has put a text, there it stays, though another centre may be nearer
assigned as (

    select
        nearest.lens,
        nearest.text_hash,
        leaves.cluster_id,
        cast(nearest.place - leaves.number as double) / 1e15 as distance
    from nearest
    inner join leaves on mod(nearest.place, 1000000) = leaves.number
    left join fitted on nearest.lens = fitted.lens and nearest.text_hash = fitted.text_hash
    where fitted.text_hash is not null or cast(nearest.place - leaves.number as double) / 1e15 <= leaves.radius

),

final as (

    select
        open_conversations.lens,
        open_conversations.conversation_id,
        open_conversations.text_hash,
        case
            when open_conversations.text_hash is null then {{ kura.unprocessed_of('open_conversations.lens') }}
            else coalesce(assigned.cluster_id, {{ kura.outliers_of('open_conversations.lens') }})
        end as cluster_id,
        assigned.distance,
        open_conversations.text_hash is not null and assigned.cluster_id is null as is_outlier,
        open_conversations.placed_by
    from open_conversations
    left join assigned on open_conversations.lens = assigned.lens and open_conversations.text_hash = assigned.text_hash
)

select * from final
