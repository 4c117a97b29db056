{{ config(enabled=kura.has_part('facets')) }}

{{ kura.published(ref('int_kura__cluster_facets')) }}
