{#- What conversations can be compared by, beside two periods: the facets of `fct_kura__cluster_facets`. -#}
{% macro facet_names() %}
  {{ return(kura.built_in_facets() + kura.attribute_names()) }}
{% endmacro %}

{#-
  The comparisons of `kura_compare`: each with `by`, `baseline` and a list `against` that is empty where every other value is meant.
  A value is a text as it stands in a facet, a period a text of two days.
-#}
{% macro comparisons() %}
  {% set found = [] %}
  {% for entry in var('kura_compare') %}
    {% set against = [] %}
    {% for value in kura.compared_list(entry) %}
      {% do against.append(kura.compared_value(value, entry.by)) %}
    {% endfor %}
    {% do found.append({
        'by': entry.by,
        'is_period': kura.compares_periods(entry),
        'baseline': kura.compared_value(entry.baseline, entry.by),
        'against': against,
    }) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- Whether an entry compares two periods. A column of the input may have that name, too. -#}
{% macro compares_periods(entry) %}
  {{ return(entry.by == 'period' and 'period' not in kura.attribute_names()) }}
{% endmacro %}

{#- What a baseline is compared with, as a list: a period is a list itself. -#}
{% macro compared_list(entry) %}
  {% set against = entry.get('against', []) %}
  {{ return([against] if kura.compares_periods(entry) or against is string or against is not sequence else against) }}
{% endmacro %}

{#-
  A value as it stands in a facet, where languages are in small letters; of a period its first day and the day after its last, as
  ISO 8601 writes intervals.
-#}
{% macro compared_value(value, by) %}
  {{ return(value | join('/') if value is sequence and value is not string else
      (value | string | lower if value is boolean or by == 'language' else value | string)) }}
{% endmacro %}

{#- What is wrong with `kura_compare`, in words, or none. -#}
{% macro comparisons_problem() %}
  {% set example = '{by: model_version, baseline: v41}' %}
  {% for entry in var('kura_compare') %}
    {% if entry is not mapping or 'by' not in entry or 'baseline' not in entry or entry | list | reject('in', ['by', 'baseline', 'against']) | list %}
      {{ return("holds " ~ kura.shown(entry) ~ ", but each entry must have `by` and `baseline`, and may have `against`: " ~ example) }}
    {% endif %}
    {% set problem = kura.periods_problem(entry) if kura.compares_periods(entry) else kura.values_problem(entry) %}
    {% if problem %}
      {{ return("holds " ~ kura.shown(entry) ~ ", but " ~ problem) }}
    {% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- What is wrong with a comparison of two periods, in words, or none. -#}
{% macro periods_problem(entry) %}
  {% set example = '{by: period, baseline: [2026-01-01, 2026-02-01], against: [2026-02-01, 2026-03-01]}' %}
  {% for period in [entry.baseline, entry.get('against')] %}
    {% if period is not sequence or period is string or period is mapping or period | length != 2
        or not (modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', period[0] | string) and modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', period[1] | string))
        or not period[0] | string < period[1] | string %}
      {{ return("`baseline` and `against` must be a first day and the day after the last, e.g. " ~ example) }}
    {% endif %}
  {% endfor %}
  {% if entry.baseline[0] | string < entry.against[1] | string and entry.against[0] | string < entry.baseline[1] | string %}
    {{ return("the two periods overlap, so that days would be compared with themselves") }}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{#- What is wrong with a comparison of values, in words, or none. Which values there are is known here of some facets only. -#}
{% macro values_problem(entry) %}
  {% if entry.by not in kura.facet_names() %}
    {{ return("conversations can be compared by period, " ~ kura.facet_names() | join(', ')
        ~ ", and by what you add to kura_passthrough_columns or kura_facets") }}
  {% endif %}
  {% set values = kura.compared_list(entry) %}
  {% for value in [entry.baseline] + values %}
    {% if value is none or value is mapping or (value is sequence and value is not string) or value | string | trim == '' %}
      {{ return("`baseline` must be one value of `" ~ entry.by ~ "`, and `against` one or a list of them") }}
    {% endif %}
    {% set known = kura.known_values(entry.by) %}
    {% if known and kura.compared_value(value, entry.by) not in known %}
      {{ return("`" ~ value ~ "` is no value of `" ~ entry.by ~ "`, which has " ~ known | join(', ')) }}
    {% endif %}
  {% endfor %}
  {% if entry.baseline in values %}
    {{ return("`" ~ entry.baseline ~ "` would be compared with itself") }}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{#- The values that a facet can have, where that is settled before anything is read; nothing where it isn't. -#}
{% macro known_values(facet) %}
  {% set scores = ['1', '2', '3', '4', '5'] %}
  {% set built_in = {
      'conversation_length': ['empty', 'one exchange', 'short', 'long'], 'concerning_score': scores, 'user_frustration': scores,
      'outcome': ['resolved', 'partly', 'unresolved', 'abandoned'], 'issue_side': ['user', 'assistant', 'product', 'other'],
  } %}
  {% for own in var('kura_facets') if own.get('enum') %}
    {% do built_in.update({own.name: own.enum | map('string') | list}) %}
  {% endfor %}
  {{ return(built_in.get(facet, [])) }}
{% endmacro %}

{#- Says which values of `kura_compare` no conversation has, once that is known; what is told of a facet is public anyway. -#}
{% macro say_missing_values(facets, periods) %}
  {% for comparison in kura.comparisons() if kura.is_run() and not kura.is_trial() %}
    {% set by = kura.quoted(comparison.by) %}
    {% set values = 'select distinct value from ' ~ facets ~ ' where facet = ' ~ by ~ ' order by value' %}
    {% set asked = [comparison.baseline] + comparison.against %}
    {# each by itself: where one has nothing, there is no pair to see the other one in #}
    {% set there = kura.periods_with_rows(periods, asked) if comparison.is_period else run_query(values).columns[0].values() | list %}
    {% for value in asked if value not in there %}
      {% do exceptions.warn("Kura's setting `kura_compare` names `" ~ value ~ "`, but no conversation that may be told of has it as its `"
          ~ comparison.by ~ "`" ~ (": there are " ~ there[:10] | join(', ') if there and not comparison.is_period else "") ~ ".") %}
    {% endfor %}
  {% endfor %}
{% endmacro %}

{#- Whether a row of days began in a period, such as 2026-01-01/2026-02-01, whose end is the first day after it. -#}
{% macro is_within(period) %}
  {% set first, end = period.split('/') %}
  {{- return("started_on >= " ~ kura.day(first) ~ " and started_on < " ~ kura.day(end)) -}}
{% endmacro %}

{#- Those of some periods in which there is a conversation. -#}
{% macro periods_with_rows(periods, asked) %}
  {% set found = [] %}
  {% for period in asked %}
    {% set rows = 'select count(*) as conversations from ' ~ periods ~ ' where ' ~ kura.is_within(period) %}
    {% do found.append(period) if run_query(rows).rows[0][0] %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- A select of what is compared: a row for each value against a baseline, without a value where every other one is meant. -#}
{% macro asked_segments(comparisons) %}
  {%- set text = dbt.type_string() -%}
  {%- for comparison in comparisons -%}
  {%- for value in comparison.against or [none] -%}
  {%- set segment = 'null' if value is none else kura.quoted(value) %}
    select
        {{ kura.quoted(comparison.by) }} as compared_by,
        {{ kura.quoted(comparison.baseline) }} as baseline,
        cast({{ segment }} as {{ text }}) as segment
    union all
  {%- endfor -%}
  {%- endfor %}
    select
        cast(null as {{ text }}) as compared_by,
        cast(null as {{ text }}) as baseline,
        cast(null as {{ text }}) as segment
    where false
{%- endmacro %}
