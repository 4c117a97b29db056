{{ kura.published(ref('int_kura__cluster_tools')) }}
