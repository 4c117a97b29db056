with clusters as (

    select * from {{ ref('int_kura__clusters') }}

),

conversations as (

    select * from {{ ref('stg_kura__conversations') }}

),

{%- if kura.has_part('facets') %}

facets as (

    select
        cluster_id,
        facet,
        value,
        conversation_count,
        share,
        -- what is folded may hold any value
        {{ "max(case when value = 'other' then 1 else 0 end) over (partition by cluster_id, facet) = 1" if kura.folds_cells() else false }}
            as is_folded
    from {{ ref('int_kura__cluster_facets') }}
    where facet in ('outcome', 'user_frustration')

),
{%- else %}

facets as (

    select
        cluster_id,
        cast(null as {{ dbt.type_string() }}) as facet,
        cast(null as {{ dbt.type_string() }}) as value,
        cast(null as bigint) as conversation_count,
        cast(null as double) as share,
        cast(null as boolean) as is_folded
    from clusters
    where false

),
{%- endif %}

days as (

    select
        cast({{ kura.local_time('min(started_at)') }} as date) as first_day,
        cast({{ kura.local_time('max(started_at)') }} as date) as last_day
    from conversations

),

-- the first day and the last one count, too, as they do where days are chosen
weeks as (

    select
        greatest(
            cast(coalesce(
                {{ dbt.datediff('first_day', 'last_day', 'day') }} + 1, 0
            ) as double) / 7,
            1
        ) as week_count
    from days

),

-- a share is of those in which a model could tell, and none of them is another thing than nobody could
told as (

    select
        cluster_id,
        sum(case when facet = 'outcome' then case when value = 'resolved' then share else 0 end end) as resolved_share,
        sum(case when facet = 'outcome' then case when value = 'unresolved' then conversation_count else 0 end end) as unresolved_count,
        sum(
            case when facet = 'user_frustration' then case when value in ('4', '5') then share else 0 end end
        ) as frustrated_share
    from facets
    where not is_folded
    group by cluster_id

),

final as (

    select
        clusters.*,
        told.resolved_share,
        told.frustrated_share,
        told.unresolved_count / weeks.week_count as opportunity
    from clusters
    left join told using (cluster_id)
    cross join weeks

)

select * from final -- noqa: AM04
