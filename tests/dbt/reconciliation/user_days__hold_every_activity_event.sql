with expected as (
    select count(*) as event_count
    from {{ ref('int_activity__events') }} as events
    inner join {{ ref('int_activity__users') }} as users on events.user_id = users.user_id
    cross join {{ ref('stg_clock__as_of') }} as clock
    where events.is_activity and users.is_counted and events.event_date <= clock.last_date
),

found as (
    select coalesce(sum(events), 0) as event_count from {{ ref('fct_user_days') }}
)

select expected.event_count as expected_events, found.event_count as found_events
from expected
cross join found
where expected.event_count <> found.event_count
