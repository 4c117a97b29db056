{{ kura.published(ref('stg_kura__rejected_messages')) }}
