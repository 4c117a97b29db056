{#-
  Whether a message is used, or rejected with something lost. Earlier states and repetitions are no losses, and neither are
  lines of a log or answers of a model that say nothing.
-#}
{% macro is_used_or_lost() -%}
  coalesce(rejection_reason, '') not in ('repeated_conversation', 'duplicate_message', 'event_without_words')
  and not (coalesce(rejection_reason, '') = 'empty_content' and coalesce(role, '') <> 'user')
{%- endmacro %}

{#- What to say of the messages that are lost: the share, the commonest reason, and the setting that mends it. -#}
{% macro rejected_summary(messages) %}
  {% set counted %}
    select
        rejection_reason,
        count(*) as message_count,
        sum(count(*)) over () as total
    from {{ messages }}
    where {{ kura.is_used_or_lost() }}
    group by rejection_reason
    order by message_count desc
  {% endset %}
  {% set found = run_query(counted).rows if execute else [] %}
  {% set rejected = found | rejectattr('0', 'none') | list %}
  {% if not rejected %}
    {{ return({'count': 0, 'share': 0, 'words': ''}) }}
  {% endif %}
  {% set reason, most, total = rejected[0] %}
  {% set share = (rejected | sum(attribute='1')) / total %}
  {% set remedy = {
      'unknown_role': 'Say which roles they are with kura_roles, e.g. {' ~ kura.unknown_roles(messages) ~ ': user}.',
      'missing_role': 'Name the column with kura_columns: {role: your_column}.',
      'missing_conversation_id': 'Name the column with kura_columns: {conversation_id: your_column}.',
      'empty_content': 'Name the column with what was said with kura_columns: {content: your_column}.',
  }.get(reason, 'The table stg_kura__rejected_messages has them, and docs/inputs.md says what each reason means.') %}
  {{ return({
      'count': rejected | sum(attribute='1'),
      'share': share,
      'words': 'Kura: ' ~ (rejected | sum(attribute='1')) ~ ' of ' ~ total ~ ' messages were rejected, ' ~ most ~ ' of them for `' ~ reason
          ~ '`. ' ~ remedy,
  }) }}
{% endmacro %}

{#- The unknown roles that come most often, cut short: a wrong column may hold anything. -#}
{% macro unknown_roles(messages) %}
  {% set values %}
    select left(role_as_given, 20) as role
    from {{ messages }}
    where rejection_reason = 'unknown_role' and length(role_as_given) <= 20
    group by role_as_given
    order by count(*) desc, role
    limit 5
  {% endset %}
  {{ return(run_query(values).columns[0].values() | join(', ') or 'theirs') }}
{% endmacro %}
