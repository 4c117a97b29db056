-- a dashboard that counts by topic is worth little if a refit sends its conversations elsewhere
{%- set last_fit %}
    select
        kept_topic_share,
        untold_share
    from {{ ref('int_kura__runs') }}
    where stage = 'fit' and lens = '{{ kura.first_lens() }}'
    order by started_at desc
    limit 1
{%- endset -%}
{%- set found = run_query(last_fit).rows if execute else [] -%}
{%- set unsteady = [] -%}
{%- for kept, untold in found if kept is not none and (kept < var('kura_warn_kept_share') or (untold or 0) > 0.1) -%}
    {%- do unsteady.append(kept) -%}
    {%- do exceptions.warn(
        "Kura: " ~ (100 * kept) | round(1) ~ " % of the conversations are in the topic that readers know them in, "
        ~ (100 * (untold or 0)) | round(1) ~ " % moved without a row in fct_kura__cluster_lineage, which says what became of each topic."
        ~ " kura_warn_kept_share is " ~ var('kura_warn_kept_share') ~ "."
    ) -%}
{%- endfor %}

select {{ unsteady | length }} as unsteady_refits
{{ 'where false' if not unsteady }}
