{#- A bound of Wilson's interval (95 %) for a share of `total`: `sign` is - for the lower one, + for the upper. -#}
{% macro wilson_bound(share, total, sign) -%}
  {%- set z = '1.959963984540054' -%}
  ({{ share }} + {{ z }} * {{ z }} / (2 * {{ total }})
  {{ sign }} {{ z }} * sqrt({{ share }} * (1 - {{ share }}) / {{ total }} + {{ z }} * {{ z }} / (4 * cast({{ total }} as double) * {{ total }})))
  / (1 + {{ z }} * {{ z }} / {{ total }})
{%- endmacro %}

{#- What a cell that holds `expected + surplus` adds to the logarithm of a likelihood ratio. -#}
{% macro log_ratio(expected, surplus) -%}
  case
    when {{ expected }} + {{ surplus }} > 0 then ({{ expected }} + {{ surplus }}) * ln(({{ expected }} + {{ surplus }}) / ({{ expected }}))
    else 0
  end
{%- endmacro %}

{#- How far the share of `count` of `total` lies beyond that of `other_count` of `other_total`, as a standard normal number (G). -#}
{% macro share_score(count, total, other_count, other_total) -%}
  {%- set common = '(cast(' ~ count ~ ' + ' ~ other_count ~ ' as double) / (' ~ total ~ ' + ' ~ other_total ~ '))' -%}
  {%- set surplus = 'greatest(' ~ count ~ ' - ' ~ total ~ ' * ' ~ common ~ ' - 0.5, 0)' -%}
  sqrt(2 * greatest(
    {{ kura.log_ratio(total ~ ' * ' ~ common, surplus) }}
    + {{ kura.log_ratio(other_total ~ ' * ' ~ common, '-' ~ surplus) }}
    + {{ kura.log_ratio(total ~ ' * (1 - ' ~ common ~ ')', '-' ~ surplus) }}
    + {{ kura.log_ratio(other_total ~ ' * (1 - ' ~ common ~ ')', surplus) }},
    0
  ))
{%- endmacro %}

{#- A number of Student's distribution as the standard normal one that is as rare (Wallace, 1959), for `t` from 0. -#}
{% macro normal_of_t(t, degrees) -%}
  (8 * {{ degrees }} + 1) / (8.0 * {{ degrees }} + 3) * sqrt({{ degrees }} * ln(1 + {{ t }} * {{ t }} / {{ degrees }}))
{%- endmacro %}

{#- How far the share of `count` of `total` is from that of all, as a part of chi-square; null where nothing is expected. -#}
{% macro swing(count, total, all_count, all_total) -%}
  power({{ count }} - {{ total }} * cast({{ all_count }} as double) / {{ all_total }}, 2)
  / nullif({{ total }} * cast({{ all_count }} as double) / {{ all_total }} * (1 - cast({{ all_count }} as double) / {{ all_total }}), 0)
{%- endmacro %}
