with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

conversations as (

    select * from {{ ref('int_kura__conversations') }}

),

attributes as ( -- noqa: ST03

    select * from {{ ref('int_kura__conversation_attributes') }}

),

facets as (

    {{ kura.unnest_list('conversations', 'languages', facet='language') }}
    {% for relation, names in [
        ('conversations', ['conversation_length', 'concerning_score', 'user_frustration']), ('attributes', kura.attribute_names())
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
),

-- of those in which the facet is known at all
everywhere as (

    select
        facet,
        value,
        count(*) as conversation_count,
        sum(count(*)) over (partition by facet) as facet_count
    from facets
    group by facet, value
    {%- if kura.attribute_names() %}
    -- an attribute of which nearly every conversation has a value of its own tells no clusters apart
    qualify facet not in ('{{ kura.attribute_names() | join("', '") }}') or count(*) over (partition by facet) <= 50
    {%- endif %}

),

in_clusters as (

    select
        ancestors.ancestor_cluster_id as cluster_id,
        facets.facet,
        facets.value,
        count(*) as conversation_count,
        sum(count(*)) over (partition by ancestors.ancestor_cluster_id, facets.facet) as facet_count
    from facets
    inner join ancestors on facets.cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id, facets.facet, facets.value

),

final as (

    select
        clusters.cluster_id,
        in_clusters.facet,
        in_clusters.value,
        in_clusters.conversation_count,
        cast(in_clusters.conversation_count as double) / in_clusters.facet_count as share,
        (cast(in_clusters.conversation_count as double) / in_clusters.facet_count)
        / (cast(everywhere.conversation_count as double) / everywhere.facet_count) as lift
    from in_clusters
    inner join clusters using (cluster_id)
    inner join everywhere
        on in_clusters.facet = everywhere.facet and in_clusters.value = everywhere.value

)

select * from final
