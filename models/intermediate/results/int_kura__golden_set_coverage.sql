{{ config(
    enabled=kura.has_part('golden_set'),
    post_hook="{{ kura.say_unknown_golden(ref('stg_kura__golden_set'), ref('stg_kura__conversations')) }}"
) }}

with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed {{- " and lens = '" ~ kura.first_lens() ~ "'" if kura.folds_cells() }}

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

golden as (

    select
        places.lens,
        places.cluster_id
    from {{ ref('stg_kura__golden_set') }} as golden_set
    inner join {{ ref('int_kura__published_places') }} as places on golden_set.conversation_id = places.conversation_id

),

totals as (

    select
        lens,
        count(*) as golden_total
    from golden
    group by lens

),

counted as (

    select
        ancestors.ancestor_cluster_id as cluster_id,
        count(*) as golden_count
    from golden
    inner join ancestors on golden.cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id

),

final as (

    select
        clusters.lens,
        clusters.cluster_id,
        clusters.conversation_count,
        clusters.share,
        {#- where small numbers are folded, how many there are would be such a number, or tell one by subtracting #}
        {%- if kura.folds_cells() %}
        cast(null as bigint) as golden_count,
        cast(null as double) as golden_share,
        {%- else %}
        coalesce(counted.golden_count, 0) as golden_count,
        coalesce(counted.golden_count, 0) / cast(totals.golden_total as double) as golden_share,
        {%- endif %}
        counted.golden_count is null as is_lacking
    from clusters
    left join counted on clusters.cluster_id = counted.cluster_id
    left join totals on clusters.lens = totals.lens
    where exists (select 1 from {{ ref('stg_kura__golden_set') }})

)

select * from final
