{#- What is too small to be told: fewer conversations than a limit, or fewer users, where users are known. -#}
{% macro is_too_few(conversations, users, limit) -%}
  ({{ conversations }} < {{ limit }} or coalesce(nullif({{ users }}, 0) < {{ var('kura_min_published_users') }}, false))
{%- endmacro %}

{#- The smallest number that stands in a facet or a trend. Where every conversation is public anyway, none is hidden unless asked. -#}
{% macro min_cell() %}
  {% set otherwise = var('kura_min_published_conversations') if kura.publishes_aggregates() else 1 %}
  {{ return(var('kura_min_cell') or otherwise) }}
{% endmacro %}

{% macro publishes_aggregates() %}
  {{ return(var('kura_publish') == 'aggregates') }}
{% endmacro %}

{#- The public tables with a row for a conversation, as our folder says. -#}
{% macro row_level_models() %}
  {{ return(kura.published_models() | selectattr('fqn.2', 'equalto', 'conversations') | list) }}
{% endmacro %}

{#- Where those stand: with `aggregates` in the internal schema. -#}
{% macro row_level_schema() %}
  {{ return('internal' if kura.publishes_aggregates() else none) }}
{% endmacro %}

{#- A moment of one conversation, which is about one person, as the period that it is in where no person is published. -#}
{% macro published_time(time) %}
  {{ return(time if not kura.publishes_aggregates() else
      'cast(' ~ kura.period_start(var('kura_trend_period'), kura.local_time(time)) ~ ' as datetime)') }}
{% endmacro %}

{#- A share, which to its last digit would tell of one conversation where no person is published. -#}
{% macro published_share(share) %}
  {{ return('round(' ~ share ~ ', 1)' if kura.publishes_aggregates() else share) }}
{% endmacro %}

{#- Where a conversation can be read: `kura_conversation_url` with its id. -#}
{% macro conversation_url(id) %}
  {% set parts = [] %}
  {% for part in (var('kura_conversation_url') or '').split('{conversation_id}') %}
    {% do parts.append(kura.quoted(part)) %}
  {% endfor %}
  {{ return('cast(null as ' ~ dbt.type_string() ~ ')' if not var('kura_conversation_url') else
      parts | join(' || ' ~ kura.url_encoded(id) ~ ' || ')) }}
{% endmacro %}

{% macro url_encoded(text) %}
  {{ return(adapter.dispatch('url_encoded', 'kura')(text)) }}
{% endmacro %}

{% macro duckdb__url_encoded(text) %}{{ return('url_encode(' ~ text ~ ')') }}{% endmacro %}

{#- What is not to be had as a function there, for the characters that mean something in an address. -#}
{% macro default__url_encoded(text) %}
  {% set state = namespace(sql=text) %}
  {% for plain, code in [('%', '%25'), (' ', '%20'), ('#', '%23'), ('?', '%3F'), ('&', '%26'), ('/', '%2F'), ('+', '%2B'), ('"', '%22'), ('<', '%3C'), ('>', '%3E')] %}
    {% set state.sql = "replace(" ~ state.sql ~ ", '" ~ plain ~ "', '" ~ code ~ "')" %}
  {% endfor %}
  {{ return(state.sql) }}
{% endmacro %}

{#- Whether anything is too small to stand in a facet or a trend. -#}
{% macro folds_cells() %}
  {{ return(kura.min_cell() > 1 or (kura.publishes_aggregates() and var('kura_min_published_users') > 1)) }}
{% endmacro %}

{#- Stops a run at its start whose project would make public after all what `kura_publish: aggregates` keeps back. -#}
{% macro check_levels() %}
  {% if kura.publishes_aggregates() and kura.is_run() %}
    {% set public = graph.nodes['model.kura.dim_kura__clusters'] %}
    {% for model in kura.row_level_models() %}
      {% set remedy = '+grants: {}' if model.config.grants else '+schema: kura_internal' %}
      {% if model.config.grants or (model.database, model.schema) == (public.database, public.schema) %}
        {% do exceptions.raise_compiler_error(
            "kura_publish is aggregates, but your project " ~ ('grants rights on' if model.config.grants else 'puts beside the public tables')
            ~ " `" ~ model.name ~ "`, which has a row for a conversation. Say otherwise in your dbt_project.yml, under models: kura: marts:"
            ~ " conversations: " ~ remedy) %}
      {% endif %}
    {% endfor %}
  {% endif %}
{% endmacro %}
