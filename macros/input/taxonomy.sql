{#-
  The taxonomy of `kura_taxonomy`: {rows, columns}, where `columns` maps topic, parent, description and examples to the relation's
  own, or to none. Raises a compiler error that names the setting and the remedy, before anything is paid for.
-#}
{% macro taxonomy() %}
  {% set table = kura.own_table('kura_taxonomy', ['topic'], 'our_topics', 'taxonomy.md') %}
  {% if not table %}
    {{ return(kura.no_taxonomy()) }}
  {% endif %}
  {% set columns = {} %}
  {% for column in ['topic', 'parent', 'description', 'examples'] %}
    {% do columns.update({column: 'cast(' ~ table.columns.get(column, 'null') ~ ' as ' ~ dbt.type_string() ~ ')'}) %}
  {% endfor %}
  {% if kura.works_on_all() %}
    {% set read %}
      select
          trim({{ columns.topic }}) as topic,
          trim({{ columns.parent }}) as parent,
          nullif(trim({{ columns.examples }}), '') is not null as has_examples
      from {{ table.rows }}
    {% endset %}
    {% set problem = kura.taxonomy_problem(run_query(read).rows) %}
    {% if problem %}
      {% do exceptions.raise_compiler_error("Kura's setting `kura_taxonomy`: " ~ problem) %}
    {% endif %}
  {% endif %}
  {{ return({'rows': table.rows, 'columns': columns}) }}
{% endmacro %}

{#- The same without rows. -#}
{% macro no_taxonomy() %}
  {% set nothing = kura.null_text() %}
  {{ return({
      'rows': '(select 1 as number) as nothing where false',
      'columns': {'topic': nothing, 'parent': nothing, 'description': nothing, 'examples': nothing},
  }) }}
{% endmacro %}

{#- None when rows of (topic, parent, whether it has examples) are a taxonomy, or else what is wrong and what to do, in words. -#}
{% macro taxonomy_problem(rows) %}
  {% set parents, names, with_examples = {}, {}, [] %}
  {% for topic, parent, has_examples in rows %}
    {% set key = (topic or '').split() | join(' ') | lower %}
    {% if not key %}
      {{ return('a row has no topic. Name it, or take the row out.') }}
    {% elif [topic, parent or ''] | map('length') | max > 200 %}
      {{ return('the topic ' ~ topic[:60] ~ ' or its parent is longer than 200 characters. That is the name that readers see: what else there is to say stands in'
          ~ ' `description`.') }}
    {% elif key in parents %}
      {{ return('the topic ' ~ topic ~ ' stands there twice. One row for each topic: several examples stand in one cell, with | or a new line between them.') }}
    {% elif key in ('not in your taxonomy', 'none') %}
      {{ return('a topic cannot be called ' ~ topic ~ ', as what fits none is. Name it otherwise.') }}
    {% endif %}
    {% do parents.update({key: (parent or '').split() | join(' ') | lower}) %}
    {% do names.update({key: topic}) %}
    {% if has_examples %}
      {% do with_examples.append(key) %}
    {% endif %}
  {% endfor %}
  {% if not parents %}
    {{ return('it has no rows. Give it a topic, or leave the setting out.') }}
  {% endif %}
  {% for key in with_examples if key in parents.values() %}
    {{ return('the topic ' ~ names[key] ~ ' has examples and topics below it. Conversations go to topics without others below them:'
        ~ ' move its examples to one of those, such as a topic "Other ' ~ names[key] ~ '".') }}
  {% endfor %}
  {% for key in parents %}
    {% set way = [key] %}
    {% for step in range(4) if parents.get(way[-1]) %}
      {% do way.append(parents[way[-1]]) %}
    {% endfor %}
    {% if way | unique | list | length < way | length %}
      {{ return('the parents of the topic ' ~ names[key] ~ ' run in a circle: ' ~ way | join(' < ') ~ '. One of them needs another parent, or none.') }}
    {% elif way | length > 4 %}
      {{ return('the topic ' ~ names[key] ~ ' is on the fifth level: ' ~ way | join(' < ') ~ '. Four levels are the most: leave one out.') }}
    {% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}
