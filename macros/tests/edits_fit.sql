{#- An edit that does nothing any more, or not what was meant, is to be looked at by who wrote it. -#}
{% test kura_edits_fit(model) %}

{%- if execute and flags.WHICH in ['build', 'test', 'retry'] -%}
    {%- do kura.say_edits_left_out(model) -%}
{%- endif %}

select
    cluster_id,
    edit,
    problem
from {{ model }}
where status <> 'applied'

{% endtest %}
