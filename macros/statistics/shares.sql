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
