{{ config(enabled=kura.is_curated(), severity='warn') }}

-- an edit that does nothing any more, or not what was meant, is to be looked at by who wrote it
{%- if execute and flags.WHICH in ['build', 'test', 'retry'] -%}
    {%- do kura.say_edits_left_out(ref('int_kura__curation')) -%}
{%- endif %}

select
    cluster_id,
    edit,
    problem
from {{ ref('int_kura__curation') }}
where status <> 'applied'
