{%- set placed, fitted = kura.built_relation('int_kura__assignments'), kura.built_relation('int_kura__cluster_fit') %}
{%- set log, names = kura.built_relation('kura_run_log'), kura.lenses() | map(attribute='name') | list %}
{%- set is_known = placed and fitted and log and kura.has_column(placed, 'lens') and kura.has_column(fitted, 'lens') %}

with texts as (

    select * from {{ ref('int_kura__conversation_texts') }}

),

{% if is_known -%}
distinct_texts as (

    select distinct
        lens,
        text_hash
    from texts

),

-- the fits that readers have seen
noted as (

    select distinct figures from {{ log }}
    where stage = 'history'

),

-- the last fits, before what is no text any more is taken out of them; of one that nobody has seen, as a run stopped after it, the
-- one before counts (`Stage.is_told` says the same)
last_fits as (

    select
        fitted.*,
        case
            when noted.figures is not null or (select count(*) from noted) = 0 then fitted.fit_id
            else coalesce(fitted.previous_fit_id, fitted.fit_id)
        end as seen_fit_id
    from {{ fitted }} as fitted
    left join noted on {{ kura.noted_fit('fitted.fit_id') }} = noted.figures

),

-- lenses that are no more, that which was the first one last before the others
gone as (

    select
        last_fits.lens,
        row_number() over (order by max(runs.recorded_at) desc nulls last, last_fits.lens) as number
    from (select distinct lens from last_fits) as last_fits
    left join {{ log }} as runs
        on runs.stage = 'run' and {{ dbt.position("'\"lens\": \"' || last_fits.lens || '\"'", 'runs.figures') }} > 0
    where last_fits.lens not in ('{{ names | join("', '") }}')
    group by last_fits.lens

),

-- each lens goes on under its name, and the first one from that which was it (`Stage.last` says the same)
lenses as (

    select distinct
        lens as last_lens,
        lens
    from last_fits
    where lens in ('{{ names | join("', '") }}')
    union all
    select
        lens as last_lens,
        '{{ names[0] }}' as lens
    from gone
    where number = 1 and '{{ names[0] }}' not in (select lens from last_fits)

),

placed_lenses as (

    select distinct lens from {{ placed }}

),

-- a fit before the last one may have been of another lens
fits as (

    select
        lenses.lens,
        coalesce(placed_lenses.lens, lenses.lens) as placed_lens,
        max(last_fits.seen_fit_id) as fit_id,
        max(last_fits.recipe) as recipe
    from last_fits
    inner join lenses on last_fits.lens = lenses.last_lens
    left join placed_lenses on lenses.last_lens = placed_lenses.lens
    left join distinct_texts on lenses.lens = distinct_texts.lens and last_fits.text_hash = distinct_texts.text_hash
    group by lenses.lens, lenses.last_lens, placed_lenses.lens
    having count(distinct_texts.text_hash) * 2 < count(*)

),

places as (

    select
        texts.lens,
        texts.text_hash,
        fits.fit_id,
        fits.recipe,
        placed.cluster_id,
        row_number() over (
            partition by texts.lens, texts.text_hash
            order by count(*) desc, placed.cluster_id
        ) as place
    from texts
    inner join fits on texts.lens = fits.lens
    inner join {{ placed }} as placed on fits.placed_lens = placed.lens and texts.conversation_id = placed.conversation_id
    where placed.text_hash is not null
    group by texts.lens, texts.text_hash, fits.fit_id, fits.recipe, placed.cluster_id

),
{%- endif %}

final as (

    {% if is_known -%}
    select
        lens,
        text_hash,
        fit_id,
        recipe,
        cluster_id
    from places
    where place = 1
    {%- else -%}
    select
        lens,
        text_hash,
        cast(null as {{ dbt.type_string() }}) as fit_id,
        cast(null as {{ dbt.type_string() }}) as recipe,
        cast(null as {{ dbt.type_string() }}) as cluster_id
    from texts
    where false
    {%- endif %}

)

select * from final
