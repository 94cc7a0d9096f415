with platform_days as (
    select * from {{ ref('int_activity__platform_days') }}
),

touched_days as (
    select * from {{ ref('int_activity__touched_days') }}
),

days as (
    select user_id, activity_date, true as is_touched
    from touched_days
    union all
    select user_id, activity_date, false as is_touched
    from platform_days
    where event_count > 0 and user_id in (select touched_days.user_id from touched_days)
),

dates as (
    select user_id, activity_date, max(case when is_touched then 1 else 0 end) as is_touched
    from days
    group by user_id, activity_date
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
