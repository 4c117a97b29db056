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

names as (

    select distinct
        lens,
        fit_id,
        cluster_id,
        name
    from history

),

changes as (

    select * from {{ ref('int_kura__cluster_changes') }}

),

fits as (

    select distinct
        lens,
        fit_id,
        previous_fit_id
    from changes

),

-- what may not be named any more is not named in what was told of it before, either
nameless as (

    select
        cluster_id,
        min(name) as name -- hidden, where it is both
    from (
        select
            names.cluster_id,
            names.name
        from names
        inner join fits on names.fit_id = fits.fit_id
        where names.name = 'Too few to name'
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
    ) as found
    group by cluster_id

),

{%- if is_incremental() %}

-- another tree over a fit is told anew, unless readers have one over it
told_anew as (

    select changes.fit_id from changes
    left join {{ this }} as earlier
        on
            changes.fit_id = earlier.fit_id
            and changes.new_cluster_id = earlier.new_cluster_id
            and (changes.change <> 'edited' or (changes.old_cluster_id = earlier.old_cluster_id and earlier.change = 'edited'))
    where changes.new_cluster_id is not null and earlier.fit_id is null

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
            when names.cluster_id is null or (names.name is not null and told.previous_fit_id = told.fit_id) then told.new_name
            else names.name
        end as new_name,
        told.change,
        told.share_of_old,
        told.share_of_new
    from {{ this }} as told
    inner join fits on told.fit_id = fits.fit_id
    left join names on told.fit_id = names.fit_id and told.new_cluster_id = names.cluster_id
    where
        told.fit_id not in (select fit_id from told_anew)
        or fits.fit_id = fits.previous_fit_id

),
{%- endif %}

told_changes as (

    select changes.* from changes
    {%- if is_incremental() %}
    left join told
        on
            changes.fit_id = told.fit_id
            and coalesce(changes.old_cluster_id, '') = coalesce(told.old_cluster_id, '')
            and coalesce(changes.new_cluster_id, '') = coalesce(told.new_cluster_id, '')
    where
        changes.fit_id not in (select fit_id from told)
        -- of another tree that which is no more, or is elsewhere now; what the fit has done is told
        or (told.fit_id is null and changes.fit_id = changes.previous_fit_id and changes.change not in ('kept', 'grew'))

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
        from names
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
        {{ kura.published_share('told_changes.share_of_old') }} as share_of_old,
        {{ kura.published_share('told_changes.share_of_new') }} as share_of_new
    from told_changes
    left join nameless as nameless_old on told_changes.old_cluster_id = nameless_old.cluster_id
    left join nameless as nameless_new on told_changes.new_cluster_id = nameless_new.cluster_id

)

select * from final
