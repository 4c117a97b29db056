{#-
  Everything is a relation that is not clearly a file: a path, a glob, a URL, or a name that has the ending of one and is no table.
  What `source()` and `ref()` become is a relation, too, or a query in brackets (`--empty`, `--sample`); of a source with an
  `external_location` it is a call of a reader or the name of a file in quotes.
-#}
{% macro is_file(name) %}
  {% if name.startswith("'") %}
    {{ return(true) }}
  {% elif kura.is_query(name) or name.startswith('"') or name.startswith('`') %}
    {{ return(false) }}
  {% elif '/' in name or '*' in name %}
    {{ return(true) }}
  {% endif %}
  {% set endings = ['jsonl', 'ndjson', 'json', 'csv', 'tsv', 'parquet', 'txt', 'md', 'vtt', 'srt', 'gz', 'zst', 'zip'] %}
  {{ return((name.split('.') | last | lower) in endings and not kura.named_relation(name)) }}
{% endmacro %}

{#- Whether it can stand after `from` as it is: a query in brackets, or a call of a reader or of a macro. -#}
{% macro is_query(name) %}
  {{ return(name.startswith('(') or modules.re.match('[\\w.]+\\s*\\(.*\\)$', name, modules.re.DOTALL) is not none) }}
{% endmacro %}

{#- The parts of a relation's name, without quotes. -#}
{% macro name_parts(name) %}
  {% set parts = [] %}
  {% for quoted, back_quoted, plain in modules.re.findall('"([^"]+)"|`([^`]+)`|([^."`]+)', name) %}
    {% do parts.append(quoted or back_quoted or plain) %}
  {% endfor %}
  {{ return(parts) }}
{% endmacro %}

{#- The table or view of a name of one to three parts, or none. -#}
{% macro named_relation(name) %}
  {% set parts = kura.name_parts(name) %}
  {% if parts | length not in [1, 2, 3] %}
    {{ return(none) }}
  {% endif %}
  {{ return(adapter.get_relation(
      database=parts[-3] if parts | length > 2 else target.database,
      schema=parts[-2] if parts | length > 1 else target.schema,
      identifier=parts[-1])) }}
{% endmacro %}

{% macro input_relation(name) %}
  {% if kura.is_query(name) %}
    {% do kura.check_query(name) %}
    {{ return({'name': kura.query_shown(name), 'rows': name, 'is_json': false, 'is_query': true}) }}
  {% elif '__dbt__cte__' in name %}
    {% do exceptions.raise_compiler_error(
        "kura_input is the ephemeral model `" ~ name | replace('__dbt__cte__', '') ~ "`, and Kura has to see its columns before dbt"
        ~ " puts it into a query. Make it a view or a table.") %}
  {% endif %}
  {% set relation = kura.named_relation(name) %}
  {% set unordered = kura.model_not_waited_for(name) %}
  {% set hint = "It is the table of your model " ~ unordered ~ ". Say kura_input: \"{{ ref('" ~ unordered ~ "') }}\", so that dbt makes it first." %}
  {% if not relation %}
    {% do exceptions.raise_compiler_error(
        "kura_input `" ~ name ~ "`: there is no such table or view in " ~ target.database ~ ". " ~ (hint if unordered else "Give schema.table"
        ~ " (or database.schema.table), or on DuckDB a file ending with .jsonl, .json, .csv or .parquet.")) %}
  {% elif unordered %}
    {% do exceptions.warn("kura_input `" ~ name ~ "`: dbt may read it before it is made anew. " ~ hint) %}
  {% endif %}
  {{ return({'name': name, 'rows': relation | string, 'is_json': false}) }}
{% endmacro %}

{#- The model, seed or snapshot of this project that makes a relation, if dbt doesn't know that it has to come first. -#}
{% macro model_not_waited_for(name) %}
  {% set named = kura.name_parts(name | lower) %}
  {% set whole = ([target.database, target.schema] | map('lower') | list)[:3 - named | length] + named %}
  {% for node in graph.nodes.values() if node.relation_name and node.unique_id not in model.depends_on.nodes %}
    {% if kura.name_parts(node.relation_name | lower) == whole %}
      {{ return(node.name) }}
    {% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- Under which name a query's rows stand: that of what dbt has put after its `from`, without the signature that a URL may carry. -#}
{% macro query_shown(query) %}
  {% set inner = modules.re.search('^\\(select \\* from (.+?)( where .*| limit .*)?\\)', query, modules.re.DOTALL) %}
  {{ return(modules.re.sub("[?][^']*", '', (inner.group(1) if inner else query) | trim)) }}
{% endmacro %}
