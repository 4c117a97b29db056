{{ config(enabled=kura.has_part('examples'), schema=kura.row_level_schema()) }}

{{ kura.published(ref('int_kura__cluster_examples')) }}
