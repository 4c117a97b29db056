{% test kura_unique_together(model, columns) %}
{{ kura.repeated_keys(model, columns) }}
{% endtest %}

{#- The same of columns that every row must have. -#}
{% test kura_primary_key(model, columns) %}
{{ kura.repeated_keys(model, columns, or_null=true) }}
{% endtest %}

{#- Keys that stand in several rows, or a part of which is missing where that counts, too. -#}
{% macro repeated_keys(model, columns, or_null=false) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if or_null %}
    or {{ column }} is null
    {%- endfor %}
{% endmacro %}
