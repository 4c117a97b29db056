with clusters as (

    {%- if kura.is_curated() %}

    select
        names.lens,
        names.cluster_id,
        curated.parent_cluster_id,
        curated.level,
        curated.is_leaf,
        coalesce(curated.given_name, names.name) as name,
        -- a name of the user's own says nothing of a description in which the audit has found a person
        case when curated.given_name is null or coalesce(names.audit_verdict, '') <> 'failed' then names.description end as description,
        coalesce(curated.given_slug, names.slug) as slug,
        case when curated.given_name is null then names.audit_verdict end as audit_verdict,
        case when curated.given_name is null then names.audit_score end as audit_score,
        curated.given_name is not null as has_given_name,
        curated.is_hidden,
        names.is_in_taxonomy
    from {{ ref('int_kura__cluster_names') }} as names
    inner join {{ ref('int_kura__curated_clusters') }} as curated using (cluster_id)
    where names.cluster_id = curated.curated_cluster_id

    {%- else %}

    select
        *,
        false as has_given_name,
        false as is_hidden
    from {{ ref('int_kura__cluster_names') }}

    {%- endif %}

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
        has_given_name,
        is_hidden,
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
        false as has_given_name,
        false as is_hidden,
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
        false as has_given_name,
        false as is_hidden,
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
