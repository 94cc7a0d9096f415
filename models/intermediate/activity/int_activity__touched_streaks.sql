with platform_days as (
    select * from {{ ref('int_activity__platform_days') }}
),

touched_days as (
    select * from {{ ref('int_activity__touched_days') }}
),

dates as (
    {{ dates_of_touched_users('platform_days') }}
),

neighbours as (
    select
        *,
        lag(activity_date) over (partition by user_id order by activity_date) as previous_date
    from dates
),

-- one date without events may lie between: with a gap of a day, or in a zone that once left out a date, a session
-- reaches over it
streaks as (
    select
        *,
        count(case when {{ add_days('previous_date', 2) }} < activity_date then 1 end) over (
            partition by user_id order by activity_date rows between unbounded preceding and current row
        ) as streak_number
    from neighbours
),

marked as (
    select
        *,
        max(is_touched) over (partition by user_id, streak_number) as has_touched_day
    from streaks
),

final as (
    select user_id, activity_date
    from marked
    where has_touched_day = 1
)

select * from final
