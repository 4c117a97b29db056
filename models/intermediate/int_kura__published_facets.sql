{%- set few = kura.is_too_few('count(*)', 'count(distinct user_id)', kura.min_cell()) -%}

with conversations as (

    select * from {{ ref('int_kura__conversations') }}

),

attributes as ( -- noqa: ST03

    select * from {{ ref('int_kura__conversation_attributes') }}

),

places as (

    select * from {{ ref('int_kura__published_places') }}

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
told as (

    select
        facets.conversation_id,
        places.user_id,
        places.cluster_id,
        facets.facet,
        facets.value
    from facets
    inner join telling using (facet)
    inner join places using (conversation_id)
    where not places.is_suppressed

),

{%- if kura.min_cell() > 1 %}

cells as (

    select
        cluster_id,
        facet,
        value,
        {{ few }} as is_few,
        row_number() over (partition by cluster_id, facet, {{ few }} order by count(*), value) as size_rank
    from told
    group by cluster_id, facet, value

),

-- all values of a base cluster that too few have
rest as (

    select
        told.cluster_id,
        told.facet,
        {{ kura.is_too_few('count(distinct told.conversation_id)', 'count(distinct told.user_id)', kura.min_cell()) }} as is_too_few
    from told
    inner join cells using (cluster_id, facet, value)
    where cells.is_few
    group by told.cluster_id, told.facet

),

-- they are one value, with the smallest of the others in it if it would be too small itself, and so they are in all parents
folded as (

    select distinct
        told.conversation_id,
        told.user_id,
        told.cluster_id,
        told.facet,
        case when cells.is_few or (rest.is_too_few and cells.size_rank = 1) then 'other' else told.value end as value
    from told
    inner join cells using (cluster_id, facet, value)
    left join rest on told.cluster_id = rest.cluster_id and told.facet = rest.facet

),

large_enough as (

    select
        cluster_id,
        facet,
        value
    from folded
    group by cluster_id, facet, value
    having not {{ few }}

),

final as (

    select folded.*
    from folded
    inner join large_enough using (cluster_id, facet, value)

)
{%- else %}

final as (

    select * from told

)
{%- endif %}

select * from final
