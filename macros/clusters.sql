{#-
  The reserved clusters at level 0 of each lens: what fits nowhere, and what could not be processed (`unprocessed`). Those of the
  first lens have the plain ids.
-#}
{% macro outliers_id(lens=none) %}{{ return(kura.reserved_id('outliers', lens)) }}{% endmacro %}

{% macro reserved_id(kind, lens) %}
  {{ return(kind if lens is none or lens == kura.first_lens() else kind ~ '_' ~ lens) }}
{% endmacro %}

{#- The id of such a cluster where the lens is a column. -#}
{% macro outliers_of(lens) %}{{ return(kura.reserved_of('outliers', lens)) }}{% endmacro %}
{% macro unprocessed_of(lens) %}{{ return(kura.reserved_of('unprocessed', lens)) }}{% endmacro %}

{% macro reserved_of(kind, lens) %}
  {{ return("'" ~ kind ~ "'" if kura.lenses() | length == 1 else
      "case when " ~ lens ~ " = '" ~ kura.first_lens() ~ "' then '" ~ kind ~ "' else '" ~ kind ~ "_' || " ~ lens ~ " end") }}
{% endmacro %}

{#- Whether a cluster is that of the outliers of any lens, or one of the reserved ones. -#}
{% macro is_outliers(cluster) %}{{ return(kura.is_reserved(cluster, ['outliers'])) }}{% endmacro %}

{% macro is_reserved(cluster, kinds=['outliers', 'unprocessed']) %}
  {% set ids = [] %}
  {% for lens in kura.lenses() %}
    {% for kind in kinds %}
      {% do ids.append("'" ~ kura.reserved_id(kind, lens['name']) ~ "'") %}
    {% endfor %}
  {% endfor %}
  {{ return(cluster ~ (' = ' ~ ids[0] if ids | length == 1 else ' in (' ~ ids | join(', ') ~ ')')) }}
{% endmacro %}

{#- What a reserved cluster says of the taxonomy: it is not in it; null where there is none, as in other lenses than the first. -#}
{% macro is_beside_taxonomy(lens) -%}
  cast({{ "case when " ~ lens ~ " = '" ~ kura.first_lens() ~ "' then false end" if var('kura_taxonomy') else 'null' }} as boolean)
{%- endmacro %}

{#- Whether a cluster is at the top of what was found or given: the branch of what is not in a taxonomy is none of its own. -#}
{% macro is_topmost() -%}
  ((level = 0 and cluster_id <> 'not_in_taxonomy') or coalesce(parent_cluster_id, '') = 'not_in_taxonomy')
{%- endmacro %}

{#- "1,097 conversations from 54 users, 24 % of all." -#}
{% macro count_sentence(clusters) -%}
  {{ kura.grouped_digits(clusters ~ '.conversation_count') }}
  || case when {{ clusters }}.conversation_count = 1 then ' conversation' else ' conversations' end
  || coalesce(
      ' from ' || {{ kura.grouped_digits(clusters ~ '.user_count') }} || case when {{ clusters }}.user_count = 1 then ' user' else ' users' end, ''
  )
  || coalesce(', ' || case
      when {{ clusters }}.share > 0 and {{ clusters }}.share < 0.005 then 'less than 1'
      else cast(cast(round(100 * {{ clusters }}.share) as bigint) as {{ dbt.type_string() }})
  end || ' % of all.', '.')
{%- endmacro %}

{#- The text that conversations are told apart by, with one lens. What a model writes is plainer than what users write. -#}
{% macro cluster_on() -%}
  {%- set chosen = var('kura_cluster_on') -%}
  {{ return(chosen if chosen != 'auto' else ('user_turns' if var('kura_provider') == 'local' else 'request')) }}
{%- endmacro %}
