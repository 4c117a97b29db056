{#-
  The rows of the input that `kura_input_where` lets through. Its names are those of the columns; of JSON objects, their keys,
  with values that are text. It is tried on no rows at once, so that a mistake stops the build before anything is read.
-#}
{% macro input_where(source, types) %}
  {% set condition = var('kura_input_where') %}
  {% if not condition %}
    {{ return(source.rows) }}
  {% endif %}
  {% do log("Kura: of kura_input `" ~ source.name ~ "` the rows are read where " ~ condition ~ " (kura_input_where).", info=true) %}
  {% set keys = {} %}
  {% for key in types if source.is_json and key | lower not in ['source_name', 'raw_text', 'raw_json'] %}
    {% do keys.update({key | lower: key}) %}
  {% endfor %}
  {% set rows %}
    (
        select {{ 'source_name, raw_text, raw_json' if source.is_json else '*' }}
        from (
            select
                *
                {%- for key in keys.values() %},
                {{ kura.json_text('raw_json', key) }} as {{ kura.quoted_name(key) }}
                {%- endfor %}
            from {{ source.rows }}
        ) as kura_input
        where {{ 'raw_json is null or ' if source.is_json }}( /* kura_input_where: */ {{ condition }}
        )
    )
  {% endset %}
  {% do run_query('select * from ' ~ rows ~ ' limit 0') if execute else none %}
  {{ return(rows) }}
{% endmacro %}
