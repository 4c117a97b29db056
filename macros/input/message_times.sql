{#- The columns that hold the day and the clock of a message, where two do; an empty list where not. -#}
{% macro day_and_clock(types) %}
  {% set day = kura.columns_among(types, [
      'date', 'day', 'message_date', 'msg_date', 'sent_date', 'datum', 'fecha', 'jour', 'дата', '日付', '日期', '날짜'
  ]) | first %}
  {% set clock = kura.columns_among(types, [
      'time', 'message_time', 'msg_time', 'sent_time', 'uhrzeit', 'zeit', 'hora', 'heure', 'ora', 'tijd', 'время', '時刻', '时间',
      '時間', '시간'
  ]) | first %}
  {{ return([day[1], clock[1]] if day and clock else []) }}
{% endmacro %}

{#- A day and a clock as one text; either column may hold both. -#}
{% macro day_with_clock(source, types, day, clock) %}
  {% set day, clock = kura.input_field(source, day, types[day]), kura.input_field(source, clock, types[clock]) %}
  {% set is_whole = clock ~ " is not null and not " ~ kura.matches_fully('trim(' ~ clock ~ ')', '[0-9]{1,2}:[0-9].*') %}
  {{ return("case when " ~ day ~ " like '%:%' then " ~ day ~ " when " ~ is_whole ~ " then " ~ clock
      ~ " else " ~ day ~ " || coalesce(' ' || " ~ clock ~ ", '') end") }}
{% endmacro %}

{#-
  The first column, of those whose name may mean the time of a message but something else, too, that holds nothing but times, in a list that
  is empty where none does. That a message was changed is the last that tells when it was said.
-#}
{% macro time_by_values(source, types) %}
  {% set names = [
      'sent', 'when', 'created', 'received', 'posted', 'data', 'dt', 'epoch', 'unixtime', 'unix_time', 'at', 'day', 'edited', 'edited_at',
      'modified', 'modified_at', 'modified_on', 'last_updated', 'last_modified', 'updated', 'updated_at', 'updated_on', 'update_time', 'index'
  ] %}
  {% set bare = {} %}
  {% for column in types %}
    {% do bare.setdefault(modules.re.sub('^(message|msg|chat|event|turn|entry|data)[-_. ]*(?=[a-z])', '', column | lower), column) %}
  {% endfor %}
  {% for _, name in kura.columns_among(bare, names) %}
    {% set column = bare[name] %}
    {% set held = kura.input_field(source, column, types[column]) %}
    {% set told %}
      select count(nullif(trim(held), '')), count(case when {{ kura.is_plausible('told') }} then 1 end)
      from (
          select held, {{ kura.as_timestamp('held') }} as told
          from (select {{ held }} as held from {{ source.rows }} limit 1000) as first_rows
      ) as times
    {% endset %}
    {% set filled, times = run_query(told).rows[0] %}
    {% if filled and filled == times %}
      {{ log("Kura: `" ~ column ~ "` of kura_input `" ~ source.name ~ "` is taken for the time of a message, as it holds nothing but times. If"
          ~ " another is, name it with kura_columns: {created_at: your_column}.", info=true) }}
      {{ return([column]) }}
    {% endif %}
  {% endfor %}
  {{ return([]) }}
{% endmacro %}

{#- Columns that can hold nothing but the time of a message by their letters; kura_udfs/text/messages/times.py has the same. -#}
{% macro time_names(types) %}
  {% set found = [] %}
  {% set thing = '(message|msg|chat|event|turn|entry|reply|post|log)?' %}
  {% set done = '(sent|created|creation|posted|received|occurred|insert(ed)?|recorded|published|logged)' %}
  {% set time = '(at|on|time|timestamp|ts|date|datetime)' %}
  {% for column in types %}
    {% set letters = modules.re.sub('[^a-z]', '', column | lower) %}
    {% set name = thing ~ '(' ~ done ~ '?' ~ time ~ '|(time|date|datetime|timestamp)' ~ done ~ ')(utc|gmt|iso|unix|epoch)?' %}
    {% if modules.re.fullmatch(name, letters) %}
      {% do found.append(column) %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}
