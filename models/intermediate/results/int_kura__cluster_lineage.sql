{{ config(enabled=kura.has_part('lineage'), 
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='fit_id',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

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

-- what may not be named any more is not named in what was told of it before, either
nameless as (

    select
        cluster_id,
        min(name) as name -- hidden, where it is both
    from (
        select
            history.cluster_id,
            history.name
        from history
        inner join fits on history.fit_id = fits.fit_id
        where history.name = 'Too few to name'
        {%- if kura.publishes_aggregates() %}
        -- by now among the outliers
        union all
        select
            fitted.cluster_id,
            'Too few to name' as name
        from {{ ref('int_kura__cluster_fit') }} as fitted
        left join history on fitted.fit_id = history.fit_id and fitted.cluster_id = history.leaf_cluster_id
        where history.fit_id is null and fitted.cluster_id is not null
        {%- endif %}
        {%- if kura.is_curated() %}
        union all
        select
            cluster_id,
            'Hidden' as name
        from {{ ref('int_kura__curated_clusters') }}
        where is_hidden
        {%- endif %}
    ) as names
    group by cluster_id

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

{%- if is_incremental() %}

-- another tree over a fit is told anew, unless readers have one over it
told_anew as (

    select clusters.new_fit_id from clusters
    where
        clusters.new_name is not null
        and clusters.cluster_id not in (
            select earlier.new_cluster_id from {{ this }} as earlier
            inner join fits as now_fitted on earlier.fit_id = now_fitted.fit_id
            where earlier.new_cluster_id is not null
        )
    {%- if kura.is_curated() %}
    union all
    select edited.new_fit_id from edited
    left join {{ this }} as earlier
        on
            edited.new_fit_id = earlier.fit_id
            and edited.old_cluster_id = earlier.old_cluster_id
            and edited.new_cluster_id = earlier.new_cluster_id
            and earlier.change = 'edited'
    where earlier.fit_id is null
    {%- endif %}

),

-- what was said when the fit, or a tree over it, was new stays, though conversations have been deleted since
told as (

    select
        fits.lens,
        told.fit_id,
        told.previous_fit_id,
        told.fitted_at,
        told.old_cluster_id,
        told.new_cluster_id,
        told.old_name,
        case
            when named.cluster_id is null or (named.name is not null and told.previous_fit_id = told.fit_id) then told.new_name
            else named.name
        end as new_name,
        told.change,
        {{ kura.published_share('told.share_of_old') }} as share_of_old,
        {{ kura.published_share('told.share_of_new') }} as share_of_new
    from {{ this }} as told
    inner join fits on told.fit_id = fits.fit_id
    left join (
        select distinct
            fit_id,
            cluster_id,
            name
        from history
    ) as named on told.fit_id = named.fit_id and told.new_cluster_id = named.cluster_id
    where
        told.fit_id not in (select new_fit_id from told_anew)
        or fits.fit_id = fits.previous_fit_id

),
{%- endif %}

told_changes as (

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
        {{ kura.published_share('all_changes.share_of_old') }} as share_of_old,
        {{ kura.published_share('all_changes.share_of_new') }} as share_of_new
    from all_changes
    inner join fits on all_changes.new_fit_id = fits.fit_id
    {%- if is_incremental() %}
    left join told
        on
            all_changes.new_fit_id = told.fit_id
            and coalesce(all_changes.old_cluster_id, '') = coalesce(told.old_cluster_id, '')
            and coalesce(all_changes.new_cluster_id, '') = coalesce(told.new_cluster_id, '')
    where
        fits.fit_id not in (select fit_id from told)
        -- of another tree that which is no more, or is elsewhere now; what the fit has done is told
        or (told.fit_id is null and fits.fit_id = fits.previous_fit_id and all_changes.change not in ('kept', 'grew'))

    union all

    select * from told

    union all

    -- earlier fits, of which rows name something that is nameless now; a table of an older release has no lens
    select
        fitted.lens,
        earlier.fit_id,
        earlier.previous_fit_id,
        earlier.fitted_at,
        earlier.old_cluster_id,
        earlier.new_cluster_id,
        earlier.old_name,
        earlier.new_name,
        earlier.change,
        earlier.share_of_old,
        earlier.share_of_new
    from {{ this }} as earlier
    inner join (
        select
            fit_id,
            max(lens) as lens
        from history
        group by fit_id
    ) as fitted on earlier.fit_id = fitted.fit_id
    where
        earlier.fit_id not in (select fit_id from fits)
        and earlier.fit_id in (
            select named.fit_id
            from {{ this }} as named
            inner join nameless
                on
                    (named.old_cluster_id = nameless.cluster_id and named.old_name <> nameless.name)
                    or (named.new_cluster_id = nameless.cluster_id and named.new_name <> nameless.name)
        )
    {%- endif %}

),

final as (

    select
        told_changes.lens,
        told_changes.fit_id,
        told_changes.previous_fit_id,
        told_changes.fitted_at,
        told_changes.old_cluster_id,
        told_changes.new_cluster_id,
        coalesce(nameless_old.name, told_changes.old_name) as old_name,
        coalesce(nameless_new.name, told_changes.new_name) as new_name,
        told_changes.change,
        told_changes.share_of_old,
        told_changes.share_of_new
    from told_changes
    left join nameless as nameless_old on told_changes.old_cluster_id = nameless_old.cluster_id
    left join nameless as nameless_new on told_changes.new_cluster_id = nameless_new.cluster_id

)

select * from final
