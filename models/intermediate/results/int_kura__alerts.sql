{{ config(enabled=kura.has_part('alerts')) }}

{#- no ref: what readers have been told so far -#}
{%- set told = kura.built_relation('fct_kura__alerts') -%}

with scores as (

    select
        kind,
        cluster_id,
        since,
        period_start,
        conversation_count,
        share,
        usual_share,
        score,
        'volume' as matter,
        precedence
    from {{ ref('int_kura__volume_scores') }}

    union all

    select
        kind,
        cluster_id,
        since,
        period_start,
        conversation_count,
        share,
        usual_share,
        score,
        kind as matter,
        1 as precedence
    from {{ ref('int_kura__trouble_scores') }}

),

ancestors as (

    select * from {{ ref('int_kura__cluster_ancestors') }}

),

clusters as (

    select * from {{ ref('int_kura__clusters') }}
    where not is_suppressed

),

tested as (

    select
        *,
        {{ kura.normal_tail('score') }} as p_value
    from scores

),

-- Benjamini and Hochberg over all that is looked at in a run
ranked as (

    select
        *,
        p_value * count(*) over () / count(*) over (order by p_value) as rate
    from tested

),

judged as (

    select
        *,
        min(rate) over (order by p_value desc) as q_value
    from ranked

),

raised as (

    select
        *,
        row_number() over (partition by matter order by precedence asc, p_value asc, cluster_id asc, period_start desc) as turn
    from judged
    where q_value <= 0.05

),

-- what stands above and below a cluster, and itself
relatives as (

    select
        ancestor_cluster_id as cluster_id,
        descendant_cluster_id as related_id
    from ancestors

    union

    select
        descendant_cluster_id as cluster_id,
        ancestor_cluster_id as related_id
    from ancestors

),

-- of a branch one alert for each matter: what a cluster tells, those above and below it need not tell again
repeated as (

    select distinct
        raised.matter,
        raised.turn
    from raised
    inner join relatives on raised.cluster_id = relatives.cluster_id
    inner join raised as better
        on relatives.related_id = better.cluster_id and raised.matter = better.matter and better.turn < raised.turn

),

distinct_alerts as (

    select raised.*
    from raised
    left join repeated on raised.matter = repeated.matter and raised.turn = repeated.turn
    where repeated.turn is null

),

known as (

    {% if told -%}
    select * from {{ told }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as alert_id,
        cast(null as {{ dbt.type_string() }}) as kind,
        cast(null as {{ dbt.type_string() }}) as cluster_id,
        cast(null as {{ dbt.type_string() }}) as severity,
        cast(null as date) as since,
        cast(null as date) as period_start,
        cast(null as bigint) as conversation_count,
        cast(null as double) as share,
        cast(null as double) as usual_share,
        cast(null as double) as q_value,
        cast(null as datetime) as first_alerted_at,
        cast(null as datetime) as last_alerted_at
    where false
    {%- endif %}

),

-- an alert goes on as long as it comes back within four periods; after that it is another one
current_alerts as (

    select
        coalesce(
            known.alert_id,
            {{ kura.fingerprint(['alerts.kind', 'alerts.cluster_id', kura.as_text('alerts.since', 'date')]) }}
        ) as alert_id,
        alerts.kind,
        alerts.cluster_id,
        case
            when case when alerts.matter = 'volume' then alerts.share else clusters.share end >= 0.05 then 'high'
            when case when alerts.matter = 'volume' then alerts.share else clusters.share end >= 0.01 then 'medium'
            else 'low'
        end as severity,
        coalesce(known.since, alerts.since) as since,
        alerts.period_start,
        cast(alerts.conversation_count as bigint) as conversation_count,
        alerts.share,
        alerts.usual_share,
        {{ 'round(alerts.q_value, 2)' if kura.folds_cells() else 'least(alerts.q_value, 1)' }} as q_value,
        coalesce(known.first_alerted_at, {{ kura.run_start() }}) as first_alerted_at,
        {{ kura.run_start() }} as last_alerted_at,
        true as is_active,
        known.alert_id is null as is_new
    from distinct_alerts as alerts
    inner join clusters using (cluster_id)
    left join known
        on
            alerts.kind = known.kind
            and alerts.cluster_id = known.cluster_id
            and known.period_start >= {{ dbt.dateadd(var('kura_trend_period'), -4, 'alerts.period_start') }}
    qualify row_number() over (partition by alerts.kind, alerts.cluster_id order by known.period_start desc nulls last) = 1

),

final as (

    select * from current_alerts

    union all

    select
        known.alert_id,
        known.kind,
        known.cluster_id,
        known.severity,
        known.since,
        known.period_start,
        known.conversation_count,
        known.share,
        known.usual_share,
        known.q_value,
        known.first_alerted_at,
        known.last_alerted_at,
        false as is_active,
        false as is_new
    from known
    inner join clusters using (cluster_id)
    where
        known.alert_id not in (select alert_id from current_alerts)
        and known.last_alerted_at >= {{ dbt.dateadd(var('kura_trend_period'), -12, kura.run_start()) }}

)

select * from final
