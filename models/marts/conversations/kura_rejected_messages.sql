{{ config(schema=kura.row_level_schema()) }}

{{ kura.published(ref('stg_kura__rejected_messages')) }}
