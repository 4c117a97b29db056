with texts as (

    select * from {{ ref('int_kura__cluster_texts') }}

),

-- many conversations can say the same thing: they are one point, as heavy as they are many
points as (

    select
        text_hash,
        min(cluster_text) as cluster_text,
        count(*) as weight
    from texts
    group by text_hash

),

-- a hash is as good as a random number, and the same text is drawn again tomorrow
sampled as (

    select *
    from points
    qualify row_number() over (order by text_hash) <= {{ var('kura_fit_sample') }}

)

select * from sampled
