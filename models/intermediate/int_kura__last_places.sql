{%- set placed, fitted = kura.built_relation('int_kura__assignments'), kura.built_relation('int_kura__cluster_fit') %}
{%- set is_known = placed and fitted and kura.has_column(placed, 'lens') and kura.has_column(fitted, 'lens') %}

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

-- the last fits, before what is no text any more is taken out of them
fits as (

    select
        fitted.lens,
        max(fitted.fit_id) as fit_id,
        max(fitted.recipe) as recipe
    from {{ fitted }} as fitted
    left join distinct_texts on fitted.lens = distinct_texts.lens and fitted.text_hash = distinct_texts.text_hash
    group by fitted.lens
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
    inner join {{ placed }} as placed on texts.lens = placed.lens and texts.conversation_id = placed.conversation_id
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
