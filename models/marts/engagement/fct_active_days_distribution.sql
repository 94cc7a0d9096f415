{%- set days = checked_var('mau_window_days') | int -%}

with user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

mau_window as (
    select
        {{ add_days('as_of_date', -days) }} as day_before,
        as_of_date
    from clock
),

-- each date of the window gives one number of days, and the day before it gives 0
dates as (
    select date from {{ date_series('mau_window', 'day_before', 'as_of_date') }} as series
),

numbers as (
    select {{ days_between('mau_window.day_before', 'dates.date') }} as active_days
    from dates
    cross join mau_window
),

active_days as (
    select
        user_days.user_id,
        count(*) filter (where user_days.activity_date > mau_window.day_before) as active_days
    from user_days
    cross join mau_window
    group by user_days.user_id
),

final as (
    select
        clock.as_of_date,
        cast(numbers.active_days as bigint) as active_days,
        count(active_days.user_id) as users
    from numbers
    cross join clock
    left join active_days on numbers.active_days = active_days.active_days
    group by clock.as_of_date, numbers.active_days
)

select * from final
