{{ config(enabled=var('kura_time_spine')) }}

with recursive bounds as (

    -- a metric that looks a month back needs the days before the first conversation too
    select
        cast({{ dbt.dateadd('day', -62, 'min(started_at)') }} as date) as first_period,
        cast(max(started_at) as date) as last_period
    from {{ ref('fct_kura__conversations') }}

),

periods as (

    {{ kura.periods_between('bounds', 'day') }}

)

select period_start as date_day from periods
