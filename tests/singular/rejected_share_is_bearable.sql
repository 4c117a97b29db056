{{ config(
    fail_calc='coalesce(max(rejected_per_mille), 0)',
    warn_if='> ' ~ (1000 * var('kura_warn_rejected_share')) | round | int,
    error_if='> ' ~ (1000 * var('kura_max_rejected_share')) | round | int
) }}

-- a few messages that can't be used are nothing to worry about; many mean that the input is not read as it should be
{%- set rejected = kura.rejected_summary(ref('base_kura__messages')) -%}
{%- set proves_something = rejected.count > 1 -%}
{%- if execute and proves_something and rejected.share > var('kura_max_rejected_share') -%}
    {%- do exceptions.raise_compiler_error(rejected.words) -%}
{%- elif execute and rejected.share > var('kura_warn_rejected_share') -%}
    {%- do exceptions.warn(rejected.words) -%}
{%- endif %}
{%- for told in [kura.unread_times_told(ref('base_kura__messages')), kura.shared_ids_told(ref('base_kura__messages'))] if told -%}
    {%- do exceptions.warn(told) -%}
{%- endfor %}

select {{ (1000 * rejected.share) | round | int if proves_something else 0 }} as rejected_per_mille
