-- Which events make the DAU of the as-of date? Its distinct users are that DAU.
select
    events.user_id,
    events.event_id,
    events.event_name,
    events.occurred_at,
    events.source_user_id,
    events.anonymous_id
from {{ ref('int_activity__events') }} as events
inner join {{ ref('stg_clock__as_of') }} as clock on events.event_date = clock.as_of_date
inner join {{ ref('dim_users') }} as users on events.user_id = users.user_id
where events.is_activity and users.is_counted
order by events.user_id, events.occurred_at, events.event_id
