{{ config(enabled=kura.has_part('alerts')) }}

-- a scheduler that tells of warnings tells of these on the night on which they are new
{%- set new_alerts %}
    select
        alerts.kind,
        clusters.path,
        alerts.conversation_count,
        alerts.since
    from {{ ref('int_kura__alerts') }} as alerts
    inner join {{ ref('int_kura__clusters') }} as clusters using (cluster_id)
    where alerts.is_new
    order by alerts.q_value
{%- endset -%}
{%- for kind, path, count, since in (run_query(new_alerts).rows if execute and flags.WHICH in ['build', 'test', 'retry'] else []) -%}
    {%- set conversations = count ~ (" conversation" if count == 1 else " conversations") -%}
    {%- do exceptions.warn("Kura: " ~ kind ~ " since " ~ since ~ ": " ~ path ~ " (" ~ conversations ~ "). See fct_kura__alerts.") -%}
{%- endfor %}

select alert_id
from {{ ref('int_kura__alerts') }}
where is_new
