{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='fit_id',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

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

final as (

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
)

select * from final
