{{ kura.published(ref('int_kura__alerts')) }}
