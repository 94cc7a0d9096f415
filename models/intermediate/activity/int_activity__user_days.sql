with events as (
    select * from {{ ref('int_activity__events') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        events.user_id,
        count(*) as event_count,
        events.event_date as activity_date
    from events
    inner join users on events.user_id = users.user_id
    cross join clock
    where
        events.is_activity
        and users.is_counted
        -- the allowed skew may reach into the day after
        and events.event_date <= clock.as_of_date
    group by events.user_id, events.event_date
)

select * from final
