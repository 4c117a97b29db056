{{ config(enabled=kura.has_part('tools'), schema=kura.row_level_schema()) }}

{{ kura.published(ref('int_kura__tool_calls')) }}
