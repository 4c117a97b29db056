with tree as (

    select * from {{ ref('int_kura__cluster_tree') }}

),

names as (

    select * from {{ ref('int_kura__cluster_names') }}

),

fitted as (

    select
        tree.cluster_id,
        tree.parent_cluster_id,
        tree.level,
        tree.base_cluster is not null as is_leaf,
        names.name,
        names.description,
        names.slug,
        false as is_outliers,
        false as is_unprocessed
    from tree
    left join names using (cluster_id)

),

-- together with these two, every conversation has a place and every level adds up
reserved as (

    select
        '{{ kura.outliers_id() }}' as cluster_id,
        cast(null as {{ dbt.type_string() }}) as parent_cluster_id,
        0 as level,
        true as is_leaf,
        'Outliers' as name,
        'Conversations that are unlike all others.' as description,
        'outliers' as slug,
        true as is_outliers,
        false as is_unprocessed

    union all

    select
        '{{ kura.unprocessed_id() }}' as cluster_id,
        cast(null as {{ dbt.type_string() }}) as parent_cluster_id,
        0 as level,
        true as is_leaf,
        'Unprocessed' as name,
        'Conversations that are empty, failed, were screened out or wait for their answer.' as description,
        'unprocessed' as slug,
        false as is_outliers,
        true as is_unprocessed

),

final as (

    select * from fitted

    union all

    select * from reserved

)

select * from final
