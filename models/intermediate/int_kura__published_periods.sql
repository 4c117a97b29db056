{%- set few = kura.is_too_few('count(*)', 'count(distinct user_id)', kura.min_cell()) -%}

with places as (

    select * from {{ ref('int_kura__published_places') }}

),

placed as (

    select
        conversation_id,
        user_id,
        cluster_id,
        cast({{ kura.local_time('started_at') }} as date) as started_on,
        cast({{ dbt.date_trunc(var('kura_trend_period'), kura.local_time('started_at')) }} as date) as period_start
    from places
    where started_at is not null

),

{%- if kura.min_cell() > 1 %}

cells as (

    select
        cluster_id,
        period_start,
        count(*) as conversation_count,
        cluster_id = '{{ kura.outliers_id() }}' or {{ few }} as is_few,
        row_number() over (
            partition by period_start, cluster_id = '{{ kura.outliers_id() }}' or {{ few }} order by count(*), cluster_id
        ) as size_rank
    from placed
    group by cluster_id, period_start

),

-- what is folded in each period, outliers with it
rest as (

    select
        placed.period_start,
        {{ few }} as is_too_few
    from placed
    inner join cells using (cluster_id, period_start)
    where cells.is_few
    group by placed.period_start

),

marked as (

    select
        cells.cluster_id,
        cells.period_start,
        cells.conversation_count,
        cells.is_few or (coalesce(rest.is_too_few, false) and cells.size_rank = 1) as is_folded
    from cells
    left join rest using (period_start)

),

-- one period of a cluster alone would be what its total leaves, so that a second one goes with it
in_cluster as (

    select
        *,
        count(case when is_folded then 1 end) over (partition by cluster_id) as folded_periods,
        coalesce(sum(case when is_folded then conversation_count end) over (partition by cluster_id), 0) as folded_count,
        row_number() over (partition by cluster_id, is_folded order by conversation_count, period_start) as size_rank
    from marked

),

-- they are counted among the outliers, and so they are in all parents; a period in which even those are too few is left out
folded as (

    select
        placed.conversation_id,
        placed.user_id,
        placed.started_on,
        placed.period_start,
        case
            when
                in_cluster.is_folded
                or (in_cluster.folded_periods = 1 or in_cluster.folded_count between 1 and {{ kura.min_cell() - 1 }})
                and in_cluster.size_rank = 1
                then '{{ kura.outliers_id() }}'
            else placed.cluster_id
        end as cluster_id
    from placed
    inner join in_cluster using (cluster_id, period_start)

),

large_enough as (

    select
        cluster_id,
        period_start
    from folded
    group by cluster_id, period_start
    having not {{ few }}

),

final as (

    select folded.*
    from folded
    inner join large_enough using (cluster_id, period_start)

)
{%- else %}

final as (

    select * from placed

)
{%- endif %}

select * from final
