with events as (
    select * from {{ ref('int_activity__events') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- per user first, so that no event is compared as text more than once
user_days as (
    select
        events.event_name,
        events.user_id,
        events.event_date as date,
        count(*) as event_count
    from events
    inner join users on events.user_id = users.user_id
    cross join clock
    where
        users.is_counted
        -- the allowed skew may reach into the next day
        and events.event_date <= clock.last_date
    group by events.event_name, events.user_id, events.event_date
),

daily as (
    select
        date,
        event_name,
        count(*) as users,
        cast(sum(event_count) as bigint) as events
    from user_days
    group by date, event_name
),

event_names as (
    select distinct event_name from daily
),

date_range as (
    {{ date_range('daily', 'date', until='last_date') }}
),

final as (
    select
        event_names.event_name,
        series.date <= clock.as_of_date as is_complete,
        coalesce(daily.users, 0) as users,
        coalesce(daily.events, 0) as events,
        series.date,
        clock.as_of_date
    from {{ date_series('date_range', 'first_date', 'last_date') }} as series
    cross join event_names
    cross join clock
    left join daily on series.date = daily.date and event_names.event_name = daily.event_name
)

select * from final
