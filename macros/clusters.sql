{#- The reserved clusters at level 0: what fits nowhere, and what could not be processed. -#}
{% macro outliers_id() %}{{ return('outliers') }}{% endmacro %}
{% macro unprocessed_id() %}{{ return('unprocessed') }}{% endmacro %}

{#- "97 conversations from 54 users, 24 % of all." -#}
{% macro count_sentence(clusters) -%}
  {{ clusters }}.conversation_count
  || case when {{ clusters }}.conversation_count = 1 then ' conversation' else ' conversations' end
  || coalesce(
      ' from ' || {{ clusters }}.user_count || case when {{ clusters }}.user_count = 1 then ' user' else ' users' end, ''
  )
  || coalesce(', ' || cast(round(100 * {{ clusters }}.share) as bigint) || ' % of all.', '.')
{%- endmacro %}

{#- The text that conversations are told apart by. What a model writes is plainer than what users write. -#}
{% macro cluster_on() -%}
  {%- set chosen = var('kura_cluster_on') -%}
  {{ return(chosen if chosen != 'auto' else ('user_turns' if var('kura_provider') == 'local' else 'request')) }}
{%- endmacro %}
