{{ config(enabled=kura.has_part('examples')) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed and not is_unprocessed

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

conversations as (

    select
        *,
        coalesce(summary, extract) as words
    from {{ ref('int_kura__conversations') }}
    where coalesce(summary, extract) is not null

),

-- in each lens
placed as (

    select
        places.lens,
        places.cluster_id,
        places.cluster_distance,
        conversations.conversation_id,
        conversations.summary,
        conversations.extract,
        conversations.words
    from conversations
    inner join {{ ref('int_kura__conversation_clusters') }} as places using (conversation_id)

),

-- the same words twice are one example
distinct_conversations as (

    select *
    from placed
    qualify row_number() over (partition by cluster_id, words order by conversation_id) = 1

),

-- a parent takes from each of its leaves in turn, so that one leaf doesn't speak for all
ranked_in_leaf as (

    select
        *,
        row_number() over (partition by cluster_id order by cluster_distance, conversation_id) as leaf_rank
    from distinct_conversations

),

ranked as (

    select
        clusters.lens,
        clusters.cluster_id,
        row_number() over (
            partition by clusters.cluster_id
            order by ranked_in_leaf.leaf_rank, ranked_in_leaf.cluster_distance, ranked_in_leaf.conversation_id
        ) as candidate_rank,
        ranked_in_leaf.conversation_id,
        ranked_in_leaf.cluster_distance,
        ranked_in_leaf.summary,
        ranked_in_leaf.extract,
        ranked_in_leaf.words
    from ranked_in_leaf
    inner join ancestors on ranked_in_leaf.cluster_id = ancestors.descendant_cluster_id
    inner join clusters on ancestors.ancestor_cluster_id = clusters.cluster_id

),

-- what fails gives way to the next best, so some more are looked at
candidates as (

    select * from ranked
    where candidate_rank <= {{ 5 * var('kura_examples_per_cluster') }}

),

candidate_texts as (

    select
        conversation_id,
        max('') as cluster_id,
        {{ kura.udf('kura_suspects') }}(max(words)) as suspects,
        max({{ kura.redacted_by_patterns('words') }}) <> max(words) as has_personal_data
    from candidates
    group by conversation_id

),

suspects as (

    {{ kura.unnest_list('candidate_texts', 'suspects', 'person') }}

),

-- who says what, of as many as tell whether ten people do
spoken as (

    select
        coalesce(user_id, conversation_id) as voice,
        {{ kura.udf('kura_spoken_words') }}(words) as spoken_words
    from conversations
    qualify row_number() over (order by {{ kura.fingerprint(['conversation_id']) }}, conversation_id) <= 20000

),

names as (

    select distinct value as name
    from suspects

),

-- what ten people say is no secret of one of them (as in the audit of names)
rare_names as (

    select names.name
    from names
    left join spoken on contains(spoken.spoken_words, names.name)
    group by names.name
    having count(distinct spoken.voice) < 10

),

failing as (

    select conversation_id
    from candidate_texts
    where has_personal_data
    union
    select suspects.conversation_id
    from suspects
    inner join rare_names on suspects.value = rare_names.name

),

judged as (

    select
        candidates.*,
        case when failing.conversation_id is null then 'passed' else 'failed' end as audit_verdict
    from candidates
    left join failing using (conversation_id)

),

final as (

    select
        lens,
        cluster_id,
        row_number() over (partition by cluster_id order by audit_verdict desc, candidate_rank asc) as example_rank,
        conversation_id,
        cluster_distance,
        case when audit_verdict = 'passed' then summary end as summary,
        case when audit_verdict = 'passed' then extract end as extract,
        audit_verdict
    from judged
    qualify example_rank <= {{ var('kura_examples_per_cluster') }}

)

select * from final
