{#-
  What an edit hides must not be read because the edit fits no cluster any more, as after its topic got another name in a taxonomy:
  conversations that readers have in a hidden cluster, and would get in one that is not.
-#}
{% test kura_hidden_stays_hidden(model, places, clusters) %}

{%- set shown = kura.no_longer_hidden(model, places, clusters) -%}
{%- if execute and flags.WHICH in ['build', 'test', 'retry'] -%}
    {%- do kura.say_what_was_hidden(shown) -%}
{%- endif %}

{{ shown }}

{% endtest %}

{#- A query: each hidden cluster whose edit does nothing, and where its conversations would be read. -#}
{% macro no_longer_hidden(curation, places, clusters) %}
{#- no refs: what readers have before they get the results -#}
{%- set seen, seen_places = kura.built_relation('dim_kura__clusters'), kura.built_relation('fct_kura__conversation_clusters') -%}
{%- set seen_ancestors = kura.built_relation('bridge_kura__cluster_ancestors') -%}
{%- if seen and seen_places and seen_ancestors -%}
select
    edits.cluster_id as hidden_cluster_id,
    clusters.cluster_id,
    count(*) as conversation_count
from {{ curation }} as edits
inner join {{ seen }} as seen on edits.cluster_id = seen.cluster_id and seen.is_suppressed
inner join {{ seen_ancestors }} as ancestors on edits.cluster_id = ancestors.ancestor_cluster_id
inner join {{ seen_places }} as seen_places on ancestors.descendant_cluster_id = seen_places.cluster_id
inner join {{ places }} as places
    on
        seen_places.conversation_id = places.conversation_id
        -- a lens that is no more was hidden in all of them
        and (seen_places.lens = places.lens or seen_places.lens not in ('{{ kura.lenses() | map(attribute='name') | join("', '") }}'))
inner join {{ clusters }} as clusters on places.cluster_id = clusters.cluster_id and not clusters.is_suppressed
where edits.edit = 'hide' and edits.status not in ('applied', 'stale')
group by edits.cluster_id, clusters.cluster_id
{%- else -%}
select
    cluster_id as hidden_cluster_id,
    cluster_id,
    1 as conversation_count
from {{ curation }}
where false
{%- endif -%}
{% endmacro %}

{#- Where that would be read, in words. -#}
{% macro say_what_was_hidden(shown) %}
  {% set told = [] %}
  {% set largest_first = shown ~ ' order by hidden_cluster_id, conversation_count desc, cluster_id' %}
  {% for hidden, place, count in run_query(largest_first).rows if hidden not in told %}
    {% do told.append(hidden) %}
    {% do exceptions.warn("Kura: the edit hide of " ~ hidden ~ " is left out, and readers would get what it hides, most of it ("
        ~ count ~ (" conversations" if count > 1 else " conversation") ~ ") in " ~ place ~ ". Write that id in kura_curation, or take the"
        ~ " row out if it may be read, then run dbt build; until then readers keep what they have.") %}
  {% endfor %}
{% endmacro %}
