{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='fit_id',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with texts as (

    select
        fit_id,
        previous_fit_id,
        fitted_at,
        fitted_weight,
        previous_cluster_id as old_leaf_id,
        coalesce(cluster_id, '{{ kura.outliers_id() }}') as new_leaf_id
    from {{ ref('int_kura__cluster_fit') }}

),

history as (

    select * from {{ ref('kura_cluster_history') }}

),

fits as (

    select distinct
        fit_id,
        previous_fit_id,
        fitted_at
    from texts

),

old_clusters as (

    select distinct
        history.cluster_id,
        history.name
    from history
    inner join fits on history.fit_id = fits.previous_fit_id
    where history.cluster_id not in ('{{ kura.outliers_id() }}', '{{ kura.unprocessed_id() }}')

),

new_clusters as (

    select distinct
        history.cluster_id,
        history.name
    from history
    inner join fits on history.fit_id = fits.fit_id
    where history.cluster_id not in ('{{ kura.outliers_id() }}', '{{ kura.unprocessed_id() }}')

),

-- old and new clusters are compared level by level; what stands on several levels is the same on each of them
flows_by_level as (

    select
        new_nodes.level,
        old_nodes.cluster_id as old_cluster_id,
        new_nodes.cluster_id as new_cluster_id,
        sum(texts.fitted_weight) as conversation_count
    from texts
    inner join history as new_nodes
        on texts.fit_id = new_nodes.fit_id and texts.new_leaf_id = new_nodes.leaf_cluster_id
    left join history as old_nodes
        on
            texts.previous_fit_id = old_nodes.fit_id
            and texts.old_leaf_id = old_nodes.leaf_cluster_id
            and new_nodes.level = old_nodes.level
    group by new_nodes.level, old_nodes.cluster_id, new_nodes.cluster_id

),

flows as (

    select
        old_cluster_id,
        new_cluster_id,
        max(conversation_count) as conversation_count
    from flows_by_level
    group by old_cluster_id, new_cluster_id

),

old_sizes as (

    select
        old_cluster_id as cluster_id,
        level,
        sum(conversation_count) as conversation_count
    from flows_by_level
    where old_cluster_id is not null
    group by old_cluster_id, level

),

new_sizes as (

    select
        new_cluster_id as cluster_id,
        level,
        sum(conversation_count) as conversation_count
    from flows_by_level
    group by new_cluster_id, level

),

old_totals as (

    select
        cluster_id,
        max(conversation_count) as conversation_count
    from old_sizes
    group by cluster_id

),

new_totals as (

    select
        cluster_id,
        max(conversation_count) as conversation_count
    from new_sizes
    group by cluster_id

),

survivors as (

    select cluster_id from new_clusters

),

compared as (

    select
        flows.old_cluster_id,
        flows.new_cluster_id,
        flows.conversation_count / old_totals.conversation_count as share_of_old,
        flows.conversation_count / new_totals.conversation_count as share_of_new,
        new_totals.conversation_count / old_totals.conversation_count as growth,
        flows.old_cluster_id in (select cluster_id from survivors) as old_goes_on
    from flows
    inner join old_clusters on flows.old_cluster_id = old_clusters.cluster_id
    inner join new_clusters on flows.new_cluster_id = new_clusters.cluster_id
    inner join old_totals on flows.old_cluster_id = old_totals.cluster_id
    inner join new_totals on flows.new_cluster_id = new_totals.cluster_id

),

changes as (

    select
        old_cluster_id,
        new_cluster_id,
        share_of_old,
        share_of_new,
        case
            when old_cluster_id = new_cluster_id and growth >= 1.2 then 'grew'
            when old_cluster_id = new_cluster_id then 'kept'
            when old_goes_on or share_of_old < 0.5 then 'split'
            else 'merged'
        end as change
    from compared
    where old_cluster_id = new_cluster_id or share_of_old >= 0.1

),

mergers as (

    select old_cluster_id from changes
    where change = 'merged'

),

ends as (

    select
        cast(null as {{ dbt.type_string() }}) as old_cluster_id,
        cluster_id as new_cluster_id,
        cast(null as double) as share_of_old,
        cast(null as double) as share_of_new,
        'born' as change
    from new_clusters
    where cluster_id not in (select cluster_id from old_clusters)

    union all

    select
        cluster_id as old_cluster_id,
        cast(null as {{ dbt.type_string() }}) as new_cluster_id,
        cast(null as double) as share_of_old,
        cast(null as double) as share_of_new,
        'gone' as change
    from old_clusters
    where
        cluster_id not in (select cluster_id from new_clusters)
        and cluster_id not in (select old_cluster_id from mergers)

),

all_changes as (

    select * from changes

    union all

    select * from ends

),

final as (

    select
        fits.fit_id,
        fits.previous_fit_id,
        fits.fitted_at,
        all_changes.old_cluster_id,
        all_changes.new_cluster_id,
        old_clusters.name as old_name,
        new_clusters.name as new_name,
        all_changes.change,
        all_changes.share_of_old,
        all_changes.share_of_new
    from all_changes
    cross join fits
    left join old_clusters on all_changes.old_cluster_id = old_clusters.cluster_id
    left join new_clusters on all_changes.new_cluster_id = new_clusters.cluster_id

)

select * from final
