{#-
  A select of the figures that have fallen off in the last run of each lens, two of them beside the ten runs before it: the figure, its
  value, its border and what it was. Of less than a hundred texts chance moves all of them.
-#}
{% macro fallen_quality(runs) %}
{%- set figures = [
    ['silhouette', '0.7 * earlier.silhouette', 'least'],
    ['outlier_share', 'greatest(0.1, 2 * earlier.outlier_share)', 'most'],
    ['largest_cluster_share', '0.6', 'most'],
] %}
with fits as (

    select
        *,
        row_number() over (partition by lens order by started_at desc) as age
    from {{ runs }}
    where stage = 'fit'

),

earlier as (

    select
        lens
        {%- for figure, _, _ in figures %},
        median({{ figure }}) as {{ figure }}
        {%- endfor %}
    from fits
    where age between 2 and 11
    group by lens

),

compared as (

    {%- for figure, border, side in figures %}
    select
        fits.run_id,
        fits.lens,
        '{{ figure }}' as figure,
        fits.{{ figure }} as value,
        '{{ side }}' as side,
        {{ border }} as border,
        earlier.{{ figure }} as usual_value
    from fits
    left join earlier on fits.lens = earlier.lens
    where
        fits.age = 1 and fits.rows_in >= 100
        {%- if 'earlier' in border %} and earlier.{{ figure }} is not null{% endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select *
from compared
where (side = 'least' and value < border) or (side = 'most' and value > border)
{% endmacro %}
