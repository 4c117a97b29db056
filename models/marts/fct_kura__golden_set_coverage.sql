{{ config(enabled=kura.has_part('golden_set')) }}

{{ kura.published(ref('int_kura__golden_set_coverage')) }}
