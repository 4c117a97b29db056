{{ config(enabled=kura.has_part('lineage')) }}

with history as (

    select * from {{ ref('kura_cluster_history') }}

),

-- the trees that readers have over a fit with another one by now
replaced as (

    select distinct fit_id from history
    where fit_id like '%~'

),

texts as (

    select
        fitted.lens,
        fitted.fit_id,
        fitted.fitted_at,
        fitted.fitted_weight,
        case when replaced.fit_id is null then fitted.previous_fit_id else fitted.fit_id end as previous_fit_id,
        coalesce(replaced.fit_id, fitted.previous_fit_id) as previous_tree_id,
        case
            when replaced.fit_id is null then fitted.previous_cluster_id
            else coalesce(fitted.cluster_id, {{ kura.outliers_of('fitted.lens') }})
        end as old_leaf_id,
        coalesce(fitted.cluster_id, {{ kura.outliers_of('fitted.lens') }}) as new_leaf_id
    from {{ ref('int_kura__cluster_fit') }} as fitted
    left join replaced on {{ kura.replaced_tree('fitted.fit_id') }} = replaced.fit_id

),

fits as (

    select distinct
        lens,
        fit_id,
        previous_fit_id,
        previous_tree_id,
        fitted_at
    from texts

),

-- a cluster without an old name was not there before the fit, one without a new name is not there after it
clusters as (

    select
        fits.fit_id as new_fit_id,
        history.cluster_id,
        max(case when history.fit_id = fits.previous_tree_id then history.name end) as old_name,
        max(case when history.fit_id = fits.fit_id then history.name end) as new_name
    from history
    inner join fits on history.fit_id in (fits.fit_id, fits.previous_tree_id)
    where not {{ kura.is_reserved('history.cluster_id') }}
    group by fits.fit_id, history.cluster_id

),

{%- if kura.is_curated() %}

-- what edits of the user's own have put into another cluster is no doing of the fit
edited as (

    select
        fits.fit_id as new_fit_id,
        curated.cluster_id as old_cluster_id,
        curated.curated_cluster_id as new_cluster_id,
        old_clusters.old_name,
        new_clusters.new_name
    from {{ ref('int_kura__curated_clusters') }} as curated
    inner join fits on curated.lens = fits.lens
    inner join clusters as new_clusters
        on fits.fit_id = new_clusters.new_fit_id and curated.curated_cluster_id = new_clusters.cluster_id
    left join clusters as old_clusters
        on fits.fit_id = old_clusters.new_fit_id and curated.cluster_id = old_clusters.cluster_id
    where curated.cluster_id <> curated.curated_cluster_id

),
{%- endif %}

-- old and new clusters are compared level by level
flows_by_level as (

    select
        old_nodes.cluster_id as old_cluster_id,
        new_nodes.cluster_id as new_cluster_id,
        sum(texts.fitted_weight) as weight,
        sum(sum(texts.fitted_weight)) over (partition by new_nodes.level, old_nodes.cluster_id) as old_weight,
        sum(sum(texts.fitted_weight)) over (partition by new_nodes.level, new_nodes.cluster_id) as new_weight
    from texts
    inner join history as new_nodes
        on texts.fit_id = new_nodes.fit_id and texts.new_leaf_id = new_nodes.leaf_cluster_id
    left join history as old_nodes
        on
            texts.previous_tree_id = old_nodes.fit_id
            and texts.old_leaf_id = old_nodes.leaf_cluster_id
            and new_nodes.level = old_nodes.level
    group by new_nodes.level, old_nodes.cluster_id, new_nodes.cluster_id

),

-- what stands on several levels is the same on each of them
flows as (

    select
        old_cluster_id,
        new_cluster_id,
        max(weight) as weight,
        max(max(old_weight)) over (partition by old_cluster_id) as old_weight,
        max(max(new_weight)) over (partition by new_cluster_id) as new_weight
    from flows_by_level
    group by old_cluster_id, new_cluster_id

),

-- what has been told of an old cluster before each flow, if the largest are told first, and never what fits nowhere now
ordered_flows as (

    select
        *,
        coalesce(sum(weight) over (
            partition by old_cluster_id
            order by
                case
                    when new_cluster_id = old_cluster_id then 0
                    when {{ kura.is_outliers('new_cluster_id') }} then 2
                    else 1
                end,
                weight desc,
                new_cluster_id
            rows between unbounded preceding and 1 preceding
        ), 0) as weight_before
    from flows

),

-- each tenth of an old cluster, and smaller parts until no more than a tenth of it is left untold
changes as (

    select
        new_clusters.new_fit_id,
        flows.old_cluster_id,
        flows.new_cluster_id,
        old_clusters.old_name,
        new_clusters.new_name,
        case
            when flows.old_cluster_id = flows.new_cluster_id and flows.new_weight / flows.old_weight >= 1.2 then 'grew'
            when flows.old_cluster_id = flows.new_cluster_id then 'kept'
            when old_clusters.new_name is not null or flows.weight / flows.old_weight < 0.5 then 'split'
            else 'merged'
        end as change,
        flows.weight / flows.old_weight as share_of_old,
        flows.weight / flows.new_weight as share_of_new
    from ordered_flows as flows
    inner join clusters as old_clusters
        on flows.old_cluster_id = old_clusters.cluster_id and old_clusters.old_name is not null
    inner join clusters as new_clusters
        on
            flows.new_cluster_id = new_clusters.cluster_id
            and old_clusters.new_fit_id = new_clusters.new_fit_id
            and new_clusters.new_name is not null
    where
        flows.old_cluster_id = flows.new_cluster_id
        or flows.weight / flows.old_weight >= 0.1
        or flows.weight_before / flows.old_weight < 0.9

),

all_changes as (

    select * from changes
    {%- if kura.is_curated() %}
    where old_cluster_id || '>' || new_cluster_id not in (select old_cluster_id || '>' || new_cluster_id from edited)

    union all

    select
        new_fit_id,
        old_cluster_id,
        new_cluster_id,
        old_name,
        new_name,
        'edited' as change,
        cast(null as double) as share_of_old,
        cast(null as double) as share_of_new
    from edited
    {%- endif %}

    union all

    select
        new_fit_id,
        case when new_name is null then cluster_id end as old_cluster_id,
        case when old_name is null then cluster_id end as new_cluster_id,
        old_name,
        new_name,
        case when old_name is null then 'born' else 'gone' end as change,
        cast(null as double) as share_of_old,
        cast(null as double) as share_of_new
    from clusters
    where
        old_name is null
        or (
            new_name is null
            and cluster_id not in (
                select old_cluster_id from changes
                where change = 'merged'
            )
            {%- if kura.is_curated() %}
            and cluster_id not in (select old_cluster_id from edited)
            {%- endif %}
        )

),

final as (

    select
        fits.lens,
        fits.fit_id,
        fits.previous_fit_id,
        fits.fitted_at,
        all_changes.old_cluster_id,
        all_changes.new_cluster_id,
        all_changes.old_name,
        all_changes.new_name,
        all_changes.change,
        all_changes.share_of_old,
        all_changes.share_of_new
    from all_changes
    inner join fits on all_changes.new_fit_id = fits.fit_id

)

select * from final
