{{ kura.published(ref('int_kura__conversation_attributes')) }}
