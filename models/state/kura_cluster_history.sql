{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='fit_id',
    on_schema_change='append_new_columns',
    full_refresh=false,
    pre_hook="{{ kura.forget_replaced_trees() }}"
) }}
-- depends_on: {{ ref('kura_run_log') }}

with nodes as (

    select * from {{ ref('int_kura__clusters') }}

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

fits as (

    select distinct
        lens,
        fit_id
    from {{ ref('int_kura__cluster_names') }}

),

-- each base cluster of the fit, and the leaf that it is; edits may have put it into another one
leaves as (

    select
        lens,
        level,
        cluster_id,
        cluster_id as leaf_cluster_id
    from nodes
    where is_leaf
    {%- if kura.is_curated() %}

    union

    select
        nodes.lens,
        nodes.level,
        nodes.cluster_id,
        curated.cluster_id as leaf_cluster_id
    from {{ ref('int_kura__curated_clusters') }} as curated
    inner join {{ ref('int_kura__cluster_names') }} as names on curated.cluster_id = names.cluster_id
    inner join nodes on curated.curated_cluster_id = nodes.cluster_id
    where nodes.is_leaf and names.is_leaf
    {%- endif %}

),

levels as (

    {%- for level in range(4) %}
    select {{ level }} as level
    {%- if not loop.last %} union all{% endif %}
    {%- endfor %}

),

trees as (

    select
        fits.fit_id,
        fits.lens,
        leaves.leaf_cluster_id,
        levels.level,
        nodes.cluster_id,
        nodes.name
    from leaves
    inner join fits on leaves.lens = fits.lens
    cross join levels
    inner join ancestors on leaves.cluster_id = ancestors.descendant_cluster_id
    inner join nodes
        on ancestors.ancestor_cluster_id = nodes.cluster_id and nodes.level = least(levels.level, leaves.level)
),

{%- if is_incremental() %}

-- the fits that readers have seen
noted as (

    select figures from {{ ref('kura_run_log') }}
    where stage = 'history'

),

-- what readers have over the same fit, where this is another tree: the lineage compares the two
replaced as (

    select
        {{ kura.replaced_tree('earlier.fit_id') }} as fit_id,
        fits.lens,
        earlier.leaf_cluster_id,
        earlier.level,
        earlier.cluster_id,
        earlier.name
    from {{ this }} as earlier
    inner join fits on earlier.fit_id = fits.fit_id
    where
        earlier.fit_id in (
            select known.fit_id
            from {{ this }} as known
            left join trees
                on
                    known.fit_id = trees.fit_id
                    and known.leaf_cluster_id = trees.leaf_cluster_id
                    and known.level = trees.level
                    and known.cluster_id = trees.cluster_id
            where trees.fit_id is null
        )
        and {{ kura.replaced_tree('earlier.fit_id') }} not in (select fit_id from {{ this }})
        and {{ kura.noted_fit('earlier.fit_id') }} in (select figures from noted)

),
{%- endif %}

final as (

    select * from trees
    {%- if is_incremental() %}

    union all

    select * from replaced
    {%- endif %}

)

select * from final
