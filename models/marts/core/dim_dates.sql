{%- set fiscal_month = checked_var('fiscal_year_start_month') | int -%}

with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

first_dates as (
    select min(activity_date) as date from {{ ref('int_activity__counted_user_days') }}
    union all
    -- a session of events that are not activity may come before the first active day
    select min(session_date) as date from {{ ref('int_activity__counted_sessions') }}
    union all
    select min(signup_date) as date from {{ ref('int_activity__users') }}
    union all
    select min(valid_from) as date from {{ ref('int_revenue__subscription_states') }}
),

date_range as (
    select
        {{ period_start('fiscal_year', 'least(min(first_dates.date), max(clock.as_of_date))') }} as first_date,
        {{ add_days(
            next_period_start('fiscal_year', period_start('fiscal_year', 'max(clock.last_date)')), -1
        ) }} as last_date
    from first_dates
    cross join clock
),

final as (
    select
        series.date,
        {{ period_start('week', 'series.date') }} as week_start_date,
        {{ period_start('month', 'series.date') }} as month_start_date,
        {{ period_start('quarter', 'series.date') }} as quarter_start_date,
        {{ period_start('fiscal_year', 'series.date') }} as fiscal_year_start_date,
        -- a fiscal year is named after the calendar year it ends in
        cast(extract(year from {{ add_months('series.date', (13 - fiscal_month) % 12) }}) as integer) as fiscal_year,
        cast(extract(quarter from {{ add_months('series.date', (13 - fiscal_month) % 12) }}) as integer) as fiscal_quarter,
        cast(extract(week from series.date) as integer) as iso_week,
        extract(isodow from series.date) >= 6 as is_weekend,
        series.date <= clock.as_of_date as is_complete
    from {{ date_series('date_range', 'first_date', 'last_date') }} as series
    cross join clock
)

select * from final
