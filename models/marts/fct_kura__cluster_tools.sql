{{ config(enabled=kura.has_part('tools')) }}

{{ kura.published(ref('int_kura__cluster_tools')) }}
