{#-
  The table of the user's own that a setting names: {rows, columns}, `rows` as it stands after `from`, `columns` by their names in small
  letters as SQL. None without the setting, or while nothing is built. Raises a compiler error that names the setting, what is
  missing and the page of the docs, before anything is paid for.
-#}
{% macro own_table(setting, needed, seed, page) %}
  {% set name = var(setting) %}
  {% if not name or not execute %}
    {{ return(none) }}
  {% endif %}
  {% set is_query = kura.is_query(name) %}
  {% set start = "Kura's setting `" ~ setting ~ "`, " ~ (kura.query_shown(name) if is_query else name) ~ ": " %}
  {% set example = setting ~ ": \"{{ ref('" ~ seed ~ "') }}\" for a seed or a model of yours, or schema.table (docs/" ~ page ~ ")." %}
  {% if '__dbt__cte__' in name %}
    {% do exceptions.raise_compiler_error(start ~ "Kura has to see the columns of an ephemeral model before dbt puts it into a query. Make it a seed, a view or a table.") %}
  {% endif %}
  {% set relation = none if is_query else kura.named_relation(name) %}
  {% if not is_query and not relation %}
    {% do exceptions.raise_compiler_error(start ~ "there is no such table or view in " ~ target.database ~ ". Say " ~ example) %}
  {% endif %}
  {% set rows, columns = relation | string if relation else name, {} %}
  {% for column in kura.input_columns({'rows': rows, 'is_json': false, 'is_query': is_query}) %}
    {% do columns.update({column | lower: kura.quoted_name(column)}) %}
  {% endfor %}
  {% set lacking = needed | reject('in', columns) | list %}
  {% if lacking %}
    {% do exceptions.raise_compiler_error(start ~ "it has no column " ~ lacking | join(', ') ~ ", but " ~ columns | join(', ')
        ~ " (docs/" ~ page ~ ").") %}
  {% endif %}
  {{ return({'rows': rows, 'columns': columns}) }}
{% endmacro %}
