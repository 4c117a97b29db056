-- no parent with a single child, a leaf has no children, and every level is wider than the one above it; a taxonomy is as it is
with clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_outliers and not is_unprocessed and not coalesce(is_in_taxonomy, false)

),

child_counts as (

    select
        parent_cluster_id as cluster_id,
        count(*) as child_count
    from clusters
    where parent_cluster_id is not null
    group by parent_cluster_id

),

levels as (

    select distinct
        lens,
        level
    from clusters

),

widths as (

    -- a branch that ends above a level counts in it
    select
        levels.lens,
        levels.level,
        count(*) as width,
        lag(count(*)) over (partition by levels.lens order by levels.level) as width_above
    from levels
    inner join clusters
        on
            levels.lens = clusters.lens
            and (levels.level = clusters.level or (clusters.is_leaf and clusters.level < levels.level))
    group by levels.lens, levels.level

)

select cluster_id as wrong
from clusters
left join child_counts using (cluster_id)
where is_leaf = (child_count is not null){{ ' or child_count = 1' if not kura.publishes_aggregates() }}

union all

select lens || ', level ' || level as wrong
from widths
where width {{ '<' if kura.publishes_aggregates() else '<=' }} width_above
