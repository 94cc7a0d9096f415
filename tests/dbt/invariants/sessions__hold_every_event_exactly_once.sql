with events as (
    select user_id, count(*) as event_count, min(occurred_at) as first_at, max(occurred_at) as last_at
    from {{ ref('int_activity__events') }}
    where user_id is not null
    group by user_id
),

sessions as (
    select user_id, sum(event_count) as event_count, min(started_at) as first_at, max(ended_at) as last_at
    from {{ ref('int_activity__sessions') }}
    group by user_id
)

select coalesce(events.user_id, sessions.user_id) as user_id, events.event_count, sessions.event_count as in_sessions
from events
full outer join sessions on events.user_id = sessions.user_id
where
    events.event_count is distinct from sessions.event_count
    or events.first_at is distinct from sessions.first_at
    or events.last_at is distinct from sessions.last_at
