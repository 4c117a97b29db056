{{ config(enabled=kura.has_part('comparisons')) }}

{{ kura.published(ref('int_kura__comparisons')) }}
