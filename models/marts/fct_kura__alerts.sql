{{ config(enabled=kura.has_part('alerts')) }}

{{ kura.published(ref('int_kura__alerts')) }}
