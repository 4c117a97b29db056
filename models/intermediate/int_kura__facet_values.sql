{{ config(enabled=kura.has_part('facets')) }}

with conversations as (

    select * from {{ ref('int_kura__conversations') }}

),

attributes as ( -- noqa: ST03

    select * from {{ ref('int_kura__conversation_attributes') }}

),

{%- if kura.has_part('tools') %}

tools as (

    select distinct
        conversation_id,
        tool
    from {{ ref('int_kura__tool_calls') }}

),
{%- endif %}

places as (

    select * from {{ ref('int_kura__published_places') }}

),

clusters as (

    select * from {{ ref('int_kura__clusters') }}

),

-- a model writes German or german, and means the same
spoken as (

    select
        conversation_id,
        cluster_id,
        lower(languages) as languages
    from conversations

),

facets as (

    {{ kura.unnest_list('spoken', 'languages', facet='language') }}
    {% for relation, names in [
        ('conversations', kura.counted_columns()), ('attributes', kura.attribute_names())
    ] -%}
    {% for facet in names %}
    union all

    select
        conversation_id,
        cluster_id,
        '{{ facet }}' as facet,
        cast({{ facet }} as {{ dbt.type_string() }}) as value
    from {{ relation }}
    where {{ facet }} is not null
    {% endfor %}
    {%- endfor %}
    {%- if kura.has_part('tools') %}
    union all

    select
        tools.conversation_id,
        conversations.cluster_id,
        'tool' as facet,
        tools.tool as value
    from tools
    inner join conversations using (conversation_id)
    {%- endif %}

),

-- an attribute of which nearly every conversation has a value of its own tells no clusters apart
telling as (

    select facet
    from facets
    group by facet
    having
        count(distinct value) <= 50
        {%- if kura.attribute_names() %}
        or facet not in ('{{ kura.attribute_names() | join("', '") }}')
        {%- else %}
        or true
        {%- endif %}

),

-- without the clusters of which nothing may be said
final as (

    select
        facets.conversation_id,
        places.user_id,
        places.lens,
        clusters.root_cluster_id as topic_id,
        places.cluster_id,
        facets.facet,
        facets.value
    from facets
    inner join telling using (facet)
    inner join places using (conversation_id)
    inner join clusters on places.cluster_id = clusters.cluster_id
    where not places.is_suppressed

)

select * from final
