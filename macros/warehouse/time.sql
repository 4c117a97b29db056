{#- A text of the input as a point in time (UTC, without a zone); null if it is none. -#}
{% macro as_timestamp(text) %}
  {% set found = kura.udf('kura_timestamp') ~ "(" ~ text ~ ", '" ~ (var('kura_date_order') or '') ~ "')" %}
  {{ return(adapter.dispatch('parsed_timestamp', 'kura')(found)) }}
{% endmacro %}

{% macro default__parsed_timestamp(text) -%}
  cast({{ text }} as datetime)
{%- endmacro %}

{#- A cast would read it by TIMESTAMP_INPUT_FORMAT, which is anybody's to set. -#}
{% macro snowflake__parsed_timestamp(text) -%}
  to_timestamp_ntz({{ text }}, 'AUTO')
{%- endmacro %}

{#- A day as `kura_earliest` and periods are written, 2026-05-01. -#}
{% macro day(text) %}
  {{ return(adapter.dispatch('day', 'kura')(kura.quoted(text))) }}
{% endmacro %}

{% macro default__day(text) %}{{ return('cast(' ~ text ~ ' as date)') }}{% endmacro %}

{#- A cast would read it by DATE_INPUT_FORMAT, which is anybody's to set. -#}
{% macro snowflake__day(text) %}{{ return('to_date(' ~ text ~ ", 'YYYY-MM-DD')") }}{% endmacro %}

{#- Whether a point in time can be that of a message: a year that is far off is a slip, and would make trends endless. -#}
{% macro is_plausible(time) -%}
  {{ time }} >= {{ kura.day(var('kura_earliest')) }} and {{ time }} < {{ dbt.dateadd('day', 1, kura.now()) }}
{%- endmacro %}

{#- Now, in UTC, without a zone. -#}
{% macro now() %}
  {{ return(adapter.dispatch('now', 'kura')()) }}
{% endmacro %}

{% macro duckdb__now() -%}
  (now() at time zone 'UTC')
{%- endmacro %}

{% macro snowflake__now() -%}
  cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz)
{%- endmacro %}

{#- When this run began, in UTC, without a zone: of a run across midnight, the day that it belongs to. -#}
{% macro run_start() -%}
  {{ adapter.dispatch('parsed_timestamp', 'kura')(kura.quoted(run_started_at.strftime('%Y-%m-%d %H:%M:%S'))) }}
{%- endmacro %}

{#- A point in time (UTC) by the clocks of `kura_timezone`, where days, weeks and months begin. -#}
{% macro local_time(time) %}
  {{ return(time if var('kura_timezone') == 'UTC' else adapter.dispatch('local_time', 'kura')(time)) }}
{% endmacro %}

{% macro duckdb__local_time(time) -%}
  timezone('{{ var('kura_timezone') }}', timezone('UTC', {{ time }}))
{%- endmacro %}

{% macro snowflake__local_time(time) -%}
  convert_timezone('UTC', '{{ var('kura_timezone') }}', {{ time }})
{%- endmacro %}

{#- The first day of the period that a point in time is in; weeks begin on Monday. -#}
{% macro period_start(period, time) %}
  {{ return(adapter.dispatch('period_start', 'kura')(period, time)) }}
{% endmacro %}

{% macro default__period_start(period, time) -%}
  cast({{ dbt.date_trunc(period, time) }} as date)
{%- endmacro %}

{#- DATE_TRUNC would begin weeks where WEEK_START says, which is anybody's to set. -#}
{% macro snowflake__period_start(period, time) -%}
  {%- if period == 'week' -%}
  dateadd('day', 1 - dayofweekiso({{ time }}), cast({{ time }} as date))
  {%- else -%}
  {{ kura.default__period_start(period, time) }}
  {%- endif -%}
{%- endmacro %}

{% macro seconds_between(earlier, later) %}
  {{ return(adapter.dispatch('seconds_between', 'kura')(earlier, later)) }}
{% endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
  (epoch_ms({{ later }}) - epoch_ms({{ earlier }})) / 1000.0
{%- endmacro %}

{% macro snowflake__seconds_between(earlier, later) -%}
  cast(datediff('millisecond', {{ earlier }}, {{ later }}) as double) / 1000
{%- endmacro %}

{#-
  The body of a CTE named `periods`, among others `with recursive`: every period from `first_period` to `last_period` of a
  relation of one row, as `period_start`.
-#}
{% macro periods_between(relation, period) %}
  {{ return(adapter.dispatch('periods_between', 'kura')(relation, period)) }}
{% endmacro %}

{% macro default__periods_between(relation, period) %}
    select first_period as period_start
    from {{ relation }}
    where first_period is not null

    union all

    select cast({{ dbt.dateadd(period, 1, 'periods.period_start') }} as date) as period_start
    from periods
    where periods.period_start < (select last_period from {{ relation }})
{% endmacro %}

{#- A recursive query may go only a hundred steps deep there. -#}
{% macro snowflake__periods_between(relation, period) %}
    select cast(dateadd({{ period }}, steps.step, {{ relation }}.first_period) as date) as period_start
    from {{ relation }}
    cross join (
        select row_number() over (order by seq4()) - 1 as step
        from table(generator(rowcount => 40000))
    ) as steps
    -- not by DATEDIFF of the period, which counts weeks by WEEK_START
    where dateadd({{ period }}, steps.step, {{ relation }}.first_period) <= {{ relation }}.last_period
{% endmacro %}
