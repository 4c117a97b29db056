with nodes as (

    select * from {{ ref('int_kura__cluster_nodes') }}

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

conversations as (

    select * from {{ ref('int_kura__conversations') }}

),

places as (

    select * from {{ ref('int_kura__published_places') }}

),

lenses as (

    {{ kura.lens_rows() }}

),

totals as (

    select
        lens,
        count(*) as conversation_count
    from places
    group by lens

),

counted as (

    select
        ancestors.ancestor_cluster_id as cluster_id,
        count(*) as conversation_count,
        nullif(count(distinct conversations.user_id), 0) as user_count,
        round(avg(conversations.x), 4) as x,
        round(avg(conversations.y), 4) as y,
        {{ kura.published_time('min(conversations.started_at)') }} as first_seen_at,
        {{ kura.published_time('max(conversations.started_at)') }} as last_seen_at,
        -- what may be said of a cluster comes from those of its base clusters of which anything may be said
        count(case when not places.is_suppressed then 1 end) as told_count,
        count(distinct case when not places.is_suppressed then places.user_id end) as told_user_count
    from conversations
    inner join places using (conversation_id)
    inner join ancestors on places.cluster_id = ancestors.descendant_cluster_id
    group by ancestors.ancestor_cluster_id

),

{%- if kura.is_curated() %}

-- what is told of a cluster was made of its own conversations, and of too few of them, whatever an edit has merged into it
few_of_their_own as (

    select assignments.cluster_id
    from {{ ref('int_kura__assignments') }} as assignments
    inner join conversations using (conversation_id)
    group by assignments.cluster_id
    having {{ kura.is_too_few('count(*)', 'count(distinct conversations.user_id)', var('kura_min_published_conversations')) }}

),
{%- endif %}

measured as (

    select
        nodes.*,
        counted.user_count,
        counted.x,
        counted.y,
        counted.first_seen_at,
        counted.last_seen_at,
        coalesce(counted.conversation_count, 0) as conversation_count,
        cast(coalesce(counted.conversation_count, 0) as double) / totals.conversation_count as share,
        {{ kura.is_too_few('coalesce(counted.told_count, 0)', 'counted.told_user_count', var('kura_min_published_conversations')) }}
        and (counted.cluster_id is not null or not (nodes.is_outliers or nodes.is_unprocessed)) as is_suppressed,
        {{ 'few_of_their_own.cluster_id is not null' if kura.is_curated() else 'false' }} as has_few_of_its_own,
        nodes.is_outliers or nodes.is_unprocessed as is_reserved
    from nodes
    left join counted on nodes.cluster_id = counted.cluster_id
    left join totals on nodes.lens = totals.lens
    {%- if kura.is_curated() %}
    left join few_of_their_own on nodes.cluster_id = few_of_their_own.cluster_id
    {%- endif %}
    where nodes.cluster_id in (select descendant_cluster_id from ancestors)

),

judged as (

    select
        *,
        is_reserved or (not is_suppressed and coalesce(audit_verdict, '') <> 'failed' and not has_few_of_its_own) as is_told
    from measured

),

-- what is too small to publish, or hidden by an edit, is counted, but nothing is said about it, nor a name with a person in it
published as (

    select
        * replace (
            case
                when is_reserved then name
                when is_hidden then 'Hidden'
                when is_suppressed or (has_few_of_its_own and not has_given_name) then 'Too few to name'
                when audit_verdict = 'failed' then 'Name withheld'
                else name
            end as name,
            case when is_told then description end as description,
            case when is_told then slug end as slug,
            case when not is_suppressed then audit_verdict end as audit_verdict,
            case when not is_suppressed then audit_score end as audit_score
        ),
        right('0000' || cast(row_number() over (
            partition by lens, parent_cluster_id
            order by is_unprocessed asc, is_outliers asc, conversation_count desc, cluster_id asc
        ) as {{ dbt.type_string() }}), 5) as sibling_rank
    from judged

),

-- a cluster's ancestors and itself, from the top down
placed as (

    select
        published.cluster_id,
        max(case when above.level = 0 then above.cluster_id end) as root_cluster_id,
        {{ dbt.listagg('above.name', "' > '", 'order by above.level') }} as path,
        {%- for level in range(4) %}
        max(case when above.level = least(published.level, {{ level }}) then above.name end) as level_{{ level }}_name,
        {%- endfor %}
        {{ dbt.listagg('above.sibling_rank', "''", 'order by above.level') }} as rank_path
    from published
    inner join ancestors on published.cluster_id = ancestors.descendant_cluster_id
    inner join published as above on ancestors.ancestor_cluster_id = above.cluster_id
    group by published.cluster_id

),

final as (

    select
        -- ids
        published.lens,
        published.cluster_id,
        published.parent_cluster_id,
        placed.root_cluster_id,

        -- text
        published.name,
        published.description || ' ' || {{ kura.count_sentence('published') }} as description,
        published.slug,
        published.audit_verdict,
        placed.path,
        {%- for level in range(4) %}
        placed.level_{{ level }}_name,
        {%- endfor %}

        -- numbers
        published.level,
        published.audit_score,
        published.conversation_count,
        published.user_count,
        published.share,
        published.x,
        published.y,
        row_number() over (order by lenses.lens_number, placed.rank_path) as sort_order,

        -- booleans
        published.is_leaf,
        published.is_outliers,
        published.is_unprocessed,
        published.is_suppressed,
        published.is_in_taxonomy,

        -- timestamps
        published.first_seen_at,
        published.last_seen_at
    from published
    inner join placed on published.cluster_id = placed.cluster_id
    inner join lenses on published.lens = lenses.lens

)

select * from final
