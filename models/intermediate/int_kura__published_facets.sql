{{ config(enabled=kura.has_part('facets')) }}

{%- set few = kura.is_too_few('count(*)', 'count(distinct user_id)', kura.min_cell()) -%}

with facet_values as (

    select * from {{ ref('int_kura__facet_values') }}
    {%- if kura.folds_cells() %}
    -- what is folded in one lens could be had by taking it from what another one tells of the same conversations
    where lens = '{{ kura.first_lens() }}'
    {%- endif %}

),

{%- if kura.folds_cells() %}

cells as (

    select
        topic_id,
        facet,
        value,
        {{ few }} as is_few,
        row_number() over (partition by topic_id, facet, {{ few }} order by count(*), value) as size_rank
    from facet_values
    group by topic_id, facet, value

),

-- of each topic the values that too few have
rest as (

    select
        facet_values.topic_id,
        facet_values.facet,
        {{ kura.is_too_few('count(distinct conversation_id)', 'count(distinct user_id)', kura.min_cell()) }} as is_too_few
    from facet_values
    inner join cells using (topic_id, facet, value)
    where cells.is_few
    group by facet_values.topic_id, facet_values.facet

),

-- they are one value, with the smallest of the others in it if it would be too small itself
in_topics as (

    select distinct
        facet_values.conversation_id,
        facet_values.user_id,
        facet_values.lens,
        facet_values.topic_id,
        facet_values.cluster_id,
        facet_values.facet,
        case when cells.is_few or (rest.is_too_few and cells.size_rank = 1) then 'other' else facet_values.value end as value
    from facet_values
    inner join cells using (topic_id, facet, value)
    left join rest on facet_values.topic_id = rest.topic_id and facet_values.facet = rest.facet

),

small_in_topics as (

    select
        topic_id,
        facet,
        value
    from in_topics
    group by topic_id, facet, value
    having {{ few }}

),

small_in_parts as (

    select
        topic_id,
        facet,
        value
    from in_topics
    group by topic_id, facet, value, cluster_id
    having {{ few }}

),

-- a value that too few of one part have is told of no part, or else that of the topic would tell it
in_parts as (

    select
        in_topics.*,
        case when small_in_parts.topic_id is not null then 'other' else in_topics.value end as value_in_parts
    from in_topics
    left join (select distinct topic_id, facet, value from small_in_parts) as small_in_parts -- noqa: ST05
        on
            in_topics.topic_id = small_in_parts.topic_id
            and in_topics.facet = small_in_parts.facet
            and in_topics.value = small_in_parts.value

),

-- and where too few are left without, nothing is told of the topic's parts
silent as (

    select
        topic_id,
        facet
    from in_parts
    where value_in_parts = 'other'
    group by topic_id, facet, cluster_id
    having {{ kura.is_too_few('count(distinct conversation_id)', 'count(distinct user_id)', kura.min_cell()) }}

),

final as (

    select
        in_parts.conversation_id,
        in_parts.user_id,
        in_parts.lens,
        in_parts.topic_id,
        in_parts.cluster_id,
        in_parts.facet,
        in_parts.value,
        case when silent.topic_id is null then in_parts.value_in_parts end as value_in_parts
    from in_parts
    left join (select distinct topic_id, facet from silent) as silent -- noqa: ST05
        on in_parts.topic_id = silent.topic_id and in_parts.facet = silent.facet
    left join small_in_topics
        on
            in_parts.topic_id = small_in_topics.topic_id
            and in_parts.facet = small_in_topics.facet
            and in_parts.value = small_in_topics.value
    where small_in_topics.topic_id is null

)
{%- else %}

final as (

    select
        conversation_id,
        user_id,
        lens,
        topic_id,
        cluster_id,
        facet,
        value,
        value as value_in_parts
    from facet_values

)
{%- endif %}

select * from final
