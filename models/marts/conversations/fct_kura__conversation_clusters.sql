{{ config(schema=kura.row_level_schema()) }}

{{ kura.published(ref('int_kura__conversation_clusters')) }}
