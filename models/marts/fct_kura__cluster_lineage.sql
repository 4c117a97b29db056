{{ config(enabled=kura.has_part('lineage')) }}

{{ kura.published(ref('int_kura__cluster_lineage')) }}
