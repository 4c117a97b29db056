with clusters as (

    select * from {{ ref('int_kura__cluster_names') }}

),

lenses as (

    {{ kura.lens_rows() }}

),

fitted as (

    select
        lens,
        cluster_id,
        parent_cluster_id,
        level,
        is_leaf,
        name,
        description,
        slug,
        audit_verdict,
        audit_score,
        false as is_outliers,
        false as is_unprocessed,
        is_in_taxonomy
    from clusters

),

-- together with these two of each lens, every conversation has a place and every level adds up
reserved as (

    select
        lens,
        {{ kura.outliers_of('lens') }} as cluster_id,
        cast(null as {{ dbt.type_string() }}) as parent_cluster_id,
        0 as level,
        true as is_leaf,
        'Outliers' as name,
        'Conversations that are unlike all others.' as description,
        'outliers' as slug,
        cast(null as {{ dbt.type_string() }}) as audit_verdict,
        cast(null as bigint) as audit_score,
        true as is_outliers,
        false as is_unprocessed,
        {{ kura.is_beside_taxonomy('lens') }} as is_in_taxonomy
    from lenses

    union all

    select
        lens,
        {{ kura.unprocessed_of('lens') }} as cluster_id,
        cast(null as {{ dbt.type_string() }}) as parent_cluster_id,
        0 as level,
        true as is_leaf,
        'Unprocessed' as name,
        'Conversations that are empty, failed, were screened out or wait for their answer.' as description,
        'unprocessed' as slug,
        cast(null as {{ dbt.type_string() }}) as audit_verdict,
        cast(null as bigint) as audit_score,
        false as is_outliers,
        true as is_unprocessed,
        {{ kura.is_beside_taxonomy('lens') }} as is_in_taxonomy
    from lenses

),

final as (

    select * from fitted

    union all

    select * from reserved

)

select * from final
