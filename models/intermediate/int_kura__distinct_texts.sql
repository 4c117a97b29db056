with texts as (

    select * from {{ ref('int_kura__conversation_texts') }}

),

conversations as (

    select * from {{ ref('stg_kura__conversations') }}

),

-- many conversations can say the same thing: they are one text of a lens, as heavy as they are many
distinct_texts as (

    select
        texts.lens,
        texts.text_hash,
        min(texts.cluster_text) as cluster_text,
        min(texts.language) as language,
        count(*) as weight,
        count(distinct conversations.user_id) as user_count,
        min(conversations.user_id) as first_user_id
    from texts
    left join conversations using (conversation_id)
    group by texts.lens, texts.text_hash

),

final as (

    select
        lens,
        text_hash,
        cluster_text,
        language,
        weight,
        user_count,
        -- a number tells authors apart without saying who they are
        case when user_count = 1 then dense_rank() over (order by first_user_id) end as author,
        -- a hash is as good as a random number, and the same text is drawn again tomorrow
        row_number() over (partition by lens order by text_hash) <= {{ var('kura_fit_sample') }} as is_sampled
    from distinct_texts

)

select * from final
