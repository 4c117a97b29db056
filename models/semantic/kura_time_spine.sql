with recursive bounds as (

    select
        cast(min(started_at) as date) as first_day,
        cast(max(started_at) as date) as last_day
    from {{ ref('fct_kura__conversations') }}

),

-- a metric that looks a month back needs the days before the first conversation too
days as (

    select cast({{ dbt.dateadd('day', -62, 'bounds.first_day') }} as date) as date_day
    from bounds
    where bounds.first_day is not null

    union all

    select cast({{ dbt.dateadd('day', 1, 'days.date_day') }} as date) as date_day
    from days
    where days.date_day < (select last_day from bounds)

)

select * from days
