{#-
  Stops a run before it deletes anything when most of the conversations that were there last time are gone: a table that
  is empty or half loaded for a night looks the same as a deletion. Of the bundled sample nobody minds.
-#}
{% macro check_vanished(conversations, transcripts, log) %}
  {% if execute and flags.WHICH in ['run', 'build', 'retry'] and not kura.is_trial() %}
    {% set last_run %}
      select figures from {{ log }}
      where stage = 'run' and run_id <> '{{ invocation_id }}'
      order by recorded_at desc
      limit 1
    {% endset %}
    {% set figures = run_query(last_run).columns[0] | first if kura.built_relation('int_kura__summaries') else none %}
    {# a trial run leaves no conversations behind, but the summaries that it found #}
    {% set last = namespace(known=0, gone=0) %}
    {% for name, key, found in [
        ('int_kura__assignments', 'conversation_id', conversations),
        ('int_kura__summaries', 'content_hash', transcripts),
    ] if figures and '"is_sample": true' not in figures %}
      {% set earlier = kura.built_relation(name) %}
      {% if earlier and not last.known %}
        {% set counts %}
          select
              count(*) as known,
              count(*) - count(found.{{ key }}) as gone
          from (select distinct {{ key }} from {{ earlier }}) as known {#- a conversation has a row for each lens #}
          left join (select distinct {{ key }} from {{ found }}) as found on known.{{ key }} = found.{{ key }}
        {% endset %}
        {% set last.known, last.gone = run_query(counts).rows[0] %}
      {% endif %}
    {% endfor %}
    {% if last.gone > var('kura_max_vanished_share') * last.known %}
      {% set texts %}
        select
            count(*) as known,
            count(found.content_hash) as still_there
        from {{ kura.built_relation('int_kura__summaries') }} as known
        left join (select distinct content_hash from {{ transcripts }}) as found on known.content_hash = found.content_hash
      {% endset %}
      {% set known_texts, still_there = run_query(texts).rows[0] %}
      {% set renamed = "" if 2 * still_there <= known_texts else
          " Most of their texts are, under other ids: are ids written otherwise, taken from another column, or has kura_hash_ids changed?"
          ~ " Clusters, names and paid answers would stay, but whoever joins by conversation_id would find nothing." %}
      {% do exceptions.raise_compiler_error(
          "Stopped before anything was deleted: " ~ last.gone ~ " of the " ~ last.known ~ " conversations of the last run are not"
          ~ " in the input any more, which is more than kura_max_vanished_share (" ~ var('kura_max_vanished_share') ~ ")."
          ~ renamed ~ " If the input is as it should be, confirm it for one run: --vars 'kura_max_vanished_share: 1'. Otherwise mend"
          ~ " the input and run again.") %}
    {% endif %}
    {% do kura.check_lost_fields(conversations) %}
  {% endif %}
{% endmacro %}

{#-
  Stops a run in which most conversations that had a time, or a user, have none any more: a column that was renamed upstream would
  empty every trend for a night, and a threshold on users would hold nothing back. That most began at another time is told.
-#}
{% macro check_lost_fields(conversations) %}
  {% set earlier = kura.built_relation('int_kura__conversations') %}
  {% for field, noun, remedy in [
      (
          'started_at', 'time', '`kura_columns: {created_at: your_column}` names the column, `kura_date_order` says how dates are written,'
          ~ ' `kura_earliest` from when on times count.'
      ),
      ('user_id', 'user', '`kura_columns: {user_id: your_column}` names the column.'),
  ] if earlier %}
    {% set counts %}
      select
          count(*) as known,
          count(case when found.{{ field }} is null then 1 end) as lost,
          count(case when found.{{ field }} <> earlier.{{ field }} then 1 end) as moved
      from {{ earlier }} as earlier
      inner join {{ conversations }} as found on earlier.conversation_id = found.conversation_id
      where earlier.{{ field }} is not null
    {% endset %}
    {% set known, lost, moved = run_query(counts).rows[0] %}
    {% if field == 'started_at' and moved > var('kura_max_vanished_share') * known %}
      {% do exceptions.warn(
          "Kura: " ~ moved ~ " of the " ~ known ~ " conversations that had a time in the last run begin at another one now, and the trends with them."
          ~ " Are times written in another zone, or taken from another column? `kura_columns: {created_at: your_column}` names the column.") %}
    {% endif %}
    {% if lost > var('kura_max_vanished_share') * known %}
      {% do exceptions.raise_compiler_error(
          "Stopped before anything was changed: " ~ lost ~ " of the " ~ known ~ " conversations that had a " ~ noun ~ " in the last run have"
          ~ " none now, which is more than kura_max_vanished_share (" ~ var('kura_max_vanished_share') ~ "). Was a column of the input"
          ~ " renamed, or is it written otherwise? " ~ remedy ~ " If the input is as it should be, confirm it for one run: --vars"
          ~ " 'kura_max_vanished_share: 1'.") %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{#- Says that a threshold on users holds nothing back, where the input tells of none. -#}
{% macro check_users_are_known(conversations) %}
  {% if execute and flags.WHICH in ['run', 'build', 'retry'] and var('kura_min_published_users') > 1 %}
    {% set all, of_users = run_query('select count(*) as conversations, count(user_id) as of_users from ' ~ conversations).rows[0] %}
    {% if all and not of_users %}
      {% do exceptions.warn(
          "kura_min_published_users is " ~ var('kura_min_published_users') ~ ", but no conversation of the input has a user that Kura knows of, so it"
          ~ " holds nothing back. `kura_columns: {user_id: your_column}` names the column; if there is none, take the setting out.") %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- The table of one of Kura's models from an earlier run, wherever the project puts it; none if there is none. -#}
{% macro built_relation(name) %}
  {% set node = graph.get('nodes', {}).get('model.kura.' ~ name) if execute else none %}
  {{ return(adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) if node else none) }}
{% endmacro %}
