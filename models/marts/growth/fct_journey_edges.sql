with session_steps as (
    select * from {{ ref('int_activity__session_steps') }}
),

sessions as (
    select * from {{ ref('int_activity__counted_sessions') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- by user first, so that distinct users need no sort of all sessions
user_edges as (
    select
        session_steps.user_id,
        session_steps.step_number,
        session_steps.event_name as from_event,
        coalesce(session_steps.next_event_name, '(end)') as to_event,
        count(*) as session_count
    from session_steps
    inner join sessions on session_steps.session_id = sessions.session_id
    where session_steps.step_number < {{ checked_var('journey_max_steps') }}
    group by
        session_steps.user_id,
        session_steps.step_number,
        session_steps.event_name,
        coalesce(session_steps.next_event_name, '(end)')
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
