{{ config(severity='warn') }}

-- the last run beside the ten before it, in each lens
with fits as (

    select
        *,
        row_number() over (partition by lens order by started_at desc) as age
    from {{ ref('int_kura__runs') }}
    where stage = 'fit'

),

before as (

    select
        lens,
        median(silhouette) as silhouette,
        median(outlier_share) as outlier_share
    from fits
    where age between 2 and 11
    group by lens

)

select
    fits.run_id,
    fits.lens,
    fits.silhouette,
    before.silhouette as silhouette_before,
    fits.outlier_share,
    before.outlier_share as outlier_share_before,
    fits.largest_cluster_share
from fits
left join before on fits.lens = before.lens
where
    fits.age = 1
    and (
        fits.silhouette < 0.7 * before.silhouette
        or fits.outlier_share > greatest(0.1, 2 * before.outlier_share)
        or fits.largest_cluster_share > 0.6
    )
