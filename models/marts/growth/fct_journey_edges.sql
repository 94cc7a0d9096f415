with session_events as (
    select * from {{ ref('int_activity__session_events') }}
),

sessions as (
    select * from {{ ref('int_activity__counted_sessions') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- grouped by user first, so that distinct users can be counted without a sort of all sessions
user_edges as (
    select
        session_events.user_id,
        session_events.event_number as step_number,
        session_events.event_name as from_event,
        coalesce(session_events.next_event_name, '(end)') as to_event,
        count(*) as session_count
    from session_events
    inner join sessions on session_events.session_id = sessions.session_id
    where session_events.event_number < {{ checked_var('journey_max_steps') }}
    group by
        session_events.user_id,
        session_events.event_number,
        session_events.event_name,
        coalesce(session_events.next_event_name, '(end)')
),

final as (
    select
        user_edges.step_number,
        user_edges.from_event,
        user_edges.to_event,
        cast(sum(user_edges.session_count) as bigint) as sessions,
        count(*) as users,
        clock.as_of_date
    from user_edges
    cross join clock
    group by user_edges.step_number, user_edges.from_event, user_edges.to_event, clock.as_of_date
)

select * from final
