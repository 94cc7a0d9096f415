-- as many sessions leave a step as arrived at it, and every session begins at the first
with edges as (
    select * from {{ ref('fct_journey_edges') }}
),

left_from as (
    select step_number, from_event as event_name, sum(sessions) as sessions
    from edges
    group by step_number, from_event
),

arrived_at as (
    select step_number + 1 as step_number, to_event as event_name, sum(sessions) as sessions
    from edges
    where to_event <> '(end)' and step_number + 1 < {{ checked_var('journey_max_steps') }}
    group by step_number, to_event

    union all

    select 1 as step_number, sessions.first_event_name as event_name, count(*) as sessions
    from {{ ref('fct_sessions') }} as sessions
    inner join {{ ref('stg_clock__as_of') }} as clock on sessions.session_date <= clock.as_of_date
    group by sessions.first_event_name
)

select
    coalesce(left_from.step_number, arrived_at.step_number) as step_number,
    coalesce(left_from.event_name, arrived_at.event_name) as event_name,
    left_from.sessions as sessions_out,
    arrived_at.sessions as sessions_in
from left_from
full outer join arrived_at
    on left_from.step_number = arrived_at.step_number and left_from.event_name = arrived_at.event_name
where left_from.sessions is distinct from arrived_at.sessions
