{#- What `kura alert` has posted, where it can't write by itself: for `dbt run-operation kura_remember_alerts`. -#}
{% macro kura_remember_alerts(alert_ids, destination) %}
  {% if execute and alert_ids %}
    {% set memory, rows = kura.built_relation('kura_posted_alerts'), [] %}
    {% if not memory %}
      {% do exceptions.raise_compiler_error('There is no table kura_posted_alerts. Run `dbt build` first.') %}
    {% endif %}
    {% for alert_id in alert_ids %}
      {% do rows.append('select ' ~ kura.quoted(alert_id) ~ ', ' ~ kura.quoted(destination) ~ ', ' ~ kura.now()) %}
    {% endfor %}
    {% do run_query('insert into ' ~ memory ~ ' (alert_id, destination, posted_at) ' ~ rows | join(' union all ')) %}
  {% endif %}
{% endmacro %}
