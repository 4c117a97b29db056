{{ config(enabled=kura.has_part('trends')) }}

{{ kura.published(ref('int_kura__cluster_trends')) }}
