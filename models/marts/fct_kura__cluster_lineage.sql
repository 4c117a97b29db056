with tree as (

    select * from {{ ref('int_kura__cluster_tree') }}

),

-- every fit begins anew so far, so every cluster is born in it
final as (

    select
        fit_id,
        cast(null as {{ dbt.type_string() }}) as old_cluster_id,
        cluster_id as new_cluster_id,
        'born' as change
    from tree

)

select * from final
