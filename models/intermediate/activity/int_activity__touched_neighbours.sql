with touched_days as (
    select * from {{ ref('int_activity__touched_days') }}
),

-- few dates are touched, so each is looked up by itself, in all days and not in a CTE of them
neighbours as (
    select
        user_id,
        activity_date,
        (
            select max(days.activity_date)
            from {{ ref('int_activity__platform_days') }} as days
            where
                days.event_count > 0
                and days.user_id = touched_days.user_id
                and days.activity_date < touched_days.activity_date
        ) as previous_date,
        (
            select min(days.activity_date)
            from {{ ref('int_activity__platform_days') }} as days
            where
                days.event_count > 0
                and days.user_id = touched_days.user_id
                and days.activity_date > touched_days.activity_date
        ) as next_date
    from touched_days
),

final as (
    select user_id, activity_date
    from touched_days
    union
    select user_id, previous_date as activity_date
    from neighbours
    where previous_date is not null
    union
    select user_id, next_date as activity_date
    from neighbours
    where next_date is not null
)

select * from final
