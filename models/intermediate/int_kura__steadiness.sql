{#- no ref, because readers get their tables after this one -#}
{%- set facts, clusters = kura.built_relation('fct_kura__conversations'), kura.built_relation('dim_kura__clusters') -%}

with seen as (

    {%- if facts and clusters %}

    select
        facts.conversation_id,
        facts.cluster_id,
        clusters.root_cluster_id
    from {{ facts }} as facts
    inner join {{ clusters }} as clusters using (cluster_id)

    {%- else %}

    select
        cast(null as {{ dbt.type_string() }}) as conversation_id,
        cast(null as {{ dbt.type_string() }}) as cluster_id,
        cast(null as {{ dbt.type_string() }}) as root_cluster_id
    where false

    {%- endif %}

),

found as (

    select
        conversations.conversation_id,
        conversations.cluster_id,
        clusters.root_cluster_id,
        -- where it would be without the edits of the user's own, which are no unsteadiness of ours
        {{ 'curated.cluster_id' if kura.is_curated() else 'conversations.cluster_id' }} as fitted_cluster_id,
        {{ 'curated.fitted_root_id' if kura.is_curated() else 'clusters.root_cluster_id' }} as fitted_root_id
    from {{ ref('int_kura__conversations') }} as conversations
    inner join {{ ref('int_kura__clusters') }} as clusters using (cluster_id)
    {%- if kura.is_curated() %}
    inner join {{ ref('int_kura__assignments') }} as assignments
        on conversations.conversation_id = assignments.conversation_id and assignments.lens = '{{ kura.first_lens() }}'
    left join {{ ref('int_kura__curated_clusters') }} as curated on assignments.cluster_id = curated.cluster_id
    {%- endif %}

),

told as (

    {%- if kura.has_part('lineage') %}

    select distinct
        old_cluster_id,
        new_cluster_id
    from {{ ref('int_kura__cluster_lineage') }}
    where fit_id in (select fit_id from {{ ref('int_kura__cluster_fit') }})

    {%- else %}

    select
        cast(null as {{ dbt.type_string() }}) as old_cluster_id,
        cast(null as {{ dbt.type_string() }}) as new_cluster_id
    where false

    {%- endif %}

),

final as (

    select
        avg(
            case
                when seen.cluster_id in (found.cluster_id, found.fitted_cluster_id) then 1.0
                when found.cluster_id is not null then 0.0
            end
        ) as kept_leaf_share,
        avg(
            case
                when seen.root_cluster_id in (found.root_cluster_id, found.fitted_root_id) then 1.0
                when found.cluster_id is not null then 0.0
            end
        ) as kept_topic_share,
        count(case when found.conversation_id is null then 1 end) as gone_count,
        avg(
            case
                when seen.root_cluster_id in (found.root_cluster_id, found.fitted_root_id) or told.new_cluster_id is not null then 0.0
                when found.cluster_id is not null then {{ 1.0 if kura.has_part('lineage') else 'null' }}
            end
        ) as untold_share
    from seen
    left join found using (conversation_id)
    left join told on seen.root_cluster_id = told.old_cluster_id and found.root_cluster_id = told.new_cluster_id

)

select * from final
