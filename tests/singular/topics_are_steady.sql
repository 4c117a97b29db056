-- a dashboard that counts by topic is worth little if a refit sends its conversations elsewhere
{%- set last_fit %}
    select
        kept_topic_share,
        untold_share,
        decision
    from {{ ref('int_kura__runs') }}
    where stage = 'fit' and lens = '{{ kura.first_lens() }}'
    order by started_at desc
    limit 1
{%- endset -%}
{%- set found = run_query(last_fit).rows if execute else [] -%}
{%- set unsteady = [] -%}
{%- for kept, untold, decision in found if kept is not none and (kept < var('kura_warn_kept_share') or (untold or 0) > 0.1) -%}
    {%- do unsteady.append(kept) -%}
    {%- set earlier_lens = kura.figures_of_last_published().get('lens', kura.first_lens()) -%}
    {%- do exceptions.warn(
        "Kura: " ~ (100 * kept) | round(1) ~ " % of the conversations are in the topic that readers know them in, "
        ~ (100 * (untold or 0)) | round(1) ~ " % moved without a row in fct_kura__cluster_lineage, which says what became of each topic."
        ~ " kura_warn_kept_share is " ~ var('kura_warn_kept_share') ~ ". "
        ~ ("Clusters were learned again: " ~ decision[7:] if (decision or '').startswith('refit: ') else
            "The first lens is " ~ kura.first_lens() ~ " now, and was " ~ earlier_lens if earlier_lens != kura.first_lens() else
            "No clusters were learned again, but the tree above them is another, as after other parents in a taxonomy or an edit less")
        ~ ". After a change of your own that may be as you want it: --vars '{kura_warn_kept_share: 0}' confirms it."
    ) -%}
{%- endfor %}

select {{ unsteady | length }} as unsteady_refits
{{ 'where false' if not unsteady }}
