{#- What each setting may hold. `null` among the choices or `optional` means that it may be left out. -#}
{% macro setting_rules() %}
  {{ return({
      'kura_input': {'type': 'string', 'optional': true},
      'kura_input_format': {'choices': ['auto'] + (kura.input_formats() | list)},
      'kura_columns': {'type': 'mapping', 'keys': kura.input_fields()},
      'kura_roles': {'type': 'mapping', 'values': kura.roles()},
      'kura_provider': {'choices': ['local']},
      'kura_transcript_tokens': {'type': 'integer', 'min': 50},
      'kura_cluster_on': {'choices': ['user_turns', 'request', 'summary']},
      'kura_embedder': {'choices': ['minilm', 'onnx', 'lsa']},
      'kura_embedder_path': {'type': 'string', 'optional': true},
      'kura_embedder_precision': {'choices': ['int8', 'fp32']},
      'kura_clustering_method': {'choices': ['leiden', 'kmeans', 'minibatch_kmeans', 'hdbscan']},
      'kura_clusters_target': {'type': 'integer', 'min': 1, 'optional': true},
      'kura_min_cluster_size': {'type': 'integer', 'min': 1, 'optional': true},
      'kura_top_clusters': {'type': 'integer', 'min': 2},
      'kura_fit_sample': {'type': 'integer', 'min': 100},
      'kura_seed': {'type': 'integer', 'min': 0},
      'kura_trend_period': {'choices': ['day', 'week', 'month']},
      'kura_examples_per_cluster': {'type': 'integer', 'min': 1},
      'kura_min_published_conversations': {'type': 'integer', 'min': 1},
      'kura_min_published_users': {'type': 'integer', 'min': 1},
      'kura_max_failed_share': {'type': 'number', 'min': 0, 'max': 1},
  }) }}
{% endmacro %}
