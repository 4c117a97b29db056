with texts as (

    select * from {{ ref('int_kura__conversation_texts') }}

),

-- many conversations can say the same thing: they are one text, as heavy as they are many
final as (

    select
        text_hash,
        min(cluster_text) as cluster_text,
        min(language) as language,
        count(*) as weight,
        -- a hash is as good as a random number, and the same text is drawn again tomorrow
        row_number() over (order by text_hash) <= {{ var('kura_fit_sample') }} as is_sampled
    from texts
    group by text_hash

)

select * from final
