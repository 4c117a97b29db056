{#-
  How an input is read, as JSON: by which settings, as which shape, and which columns hold what everything rests on. It is kept beside the
  messages for the next run to compare.
-#}
{% macro read_as(source, types, format, columns) %}
  {% set held = {} %}
  {% for field in ['conversation_id', 'role', 'content', 'messages'] if columns.get(field) is string %}
    {% do held.update({field: []}) %}
    {% for column in types if '"' ~ column ~ '"' in columns[field] %}
      {% do held[field].append(column) %}
    {% endfor %}
  {% endfor %}
  {{ return({'settings': [source.name, var('kura_input_format'), var('kura_columns')], 'format': format, 'columns': held}) }}
{% endmacro %}

{#-
  Stops a run by which the same input would be read otherwise than by the last one, though all that was read is still there: a column more may
  make another shape of it, or be taken for what another held. Then every conversation would be another one, and be paid for again.
-#}
{% macro check_read_as(source, types, now) %}
  {% set last = kura.last_made(['read_as']) if kura.is_run() and not kura.is_trial() and kura.built_relation('int_kura__summaries') else none %}
  {% set kept = run_query("select read_as from " ~ last ~ " limit 1").rows if last and var('kura_max_vanished_share') < 1 else [] %}
  {% set before = fromjson(kept[0][0]) if kept else none %}
  {% if before and tojson(before.settings) == tojson(now.settings) %}
    {% set left = ['as `' ~ now.format ~ '`, which was `' ~ before.format ~ '`'] if before.format != now.format else [] %}
    {% for field, held in before.columns.items() %}
      {% for column in held if column not in now.columns.get(field, held) %}
        {% do left.append('`' ~ field ~ '` no more from `' ~ column ~ '`') %}
      {% endfor %}
    {% endfor %}
    {% set gone = [] %}
    {% for column in before.columns.values() | sum(start=[]) | unique if left %}
      {% set is_there = column in types and kura.any_row(source, kura.something(source, types, column) ~ ' is not null') %}
      {% do gone.append(column) if not is_there else none %}
    {% endfor %}
    {% if left and not gone %}
      {% do exceptions.raise_compiler_error(
          "Stopped before anything was changed: kura_input `" ~ source.name ~ "` would be read otherwise than in the last run, though nothing was set"
          ~ " otherwise and all that was read is still there: " ~ left | join(', ') ~ ". Has it a column more? Say what is meant with"
          ~ " `kura_input_format: " ~ before.format ~ "` or `kura_columns`. If it is as it should be, confirm it for one run: --vars"
          ~ " 'kura_max_vanished_share: 1'.") %}
    {% endif %}
  {% endif %}
{% endmacro %}
