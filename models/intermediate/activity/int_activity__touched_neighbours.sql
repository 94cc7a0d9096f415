with platform_days as (
    select * from {{ ref('int_activity__platform_days') }}
),

touched_days as (
    select * from {{ ref('int_activity__touched_days') }}
),

active_days as (
    select * from platform_days where event_count > 0
),

dates as (
    {{ dates_of_touched_users('active_days') }}
),

neighbours as (
    select
        *,
        lag(is_touched) over by_date as is_previous_touched,
        lead(is_touched) over by_date as is_next_touched
    from dates
    window by_date as (partition by user_id order by activity_date)
),

final as (
    select user_id, activity_date
    from neighbours
    where 1 in (is_touched, is_previous_touched, is_next_touched)
)

select * from final
