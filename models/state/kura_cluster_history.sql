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
        leaves.cluster_id as leaf_cluster_id,
        levels.level,
        nodes.cluster_id,
        nodes.name
    from nodes as leaves
    inner join fits on leaves.lens = fits.lens
    cross join levels
    inner join ancestors on leaves.cluster_id = ancestors.descendant_cluster_id
    inner join nodes
        on ancestors.ancestor_cluster_id = nodes.cluster_id and nodes.level = least(levels.level, leaves.level)
    where leaves.is_leaf

)

select * from final
