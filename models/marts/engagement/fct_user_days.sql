with user_days as (
    select * from {{ ref('int_activity__user_days_so_far') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        user_days.user_id,
        user_days.account_id,
        cast(user_days.event_count as bigint) as events,
        user_days.activity_date as date,
        clock.as_of_date
    from user_days
    cross join clock
)

select * from final
