{{ config(
    unique_key=['user_id', 'session_date'],
    meta={'touched': 'int_activity__touched_streaks'},
    full_refresh=full_refresh_of_sessions()
) }}

with touched_days as (
    select * from {{ ref('int_activity__touched_streaks') }}
),

events as (
    select *
    from {{ ref('int_activity__events') }}
    where user_id is not null
    {{- and_is_touched('user_id', 'event_date') }}
),

sessions as (
    select *
    from {{ ref('int_activity__sessions') }}
    where true
    {{- and_is_touched('user_id', 'session_date') }}
),

session_events as (
    {{ session_events('events') }}
),

placed as (
    select
        user_id,
        source_session_id,
        event_name,
        case when not is_session_end then lead(event_name) over so_far end as next_event_name,
        event_number - max(case when is_session_start then event_number end) over so_far + 1 as step_number,
        max(case when is_session_start then occurred_at end) over so_far as started_at
    from session_events
    window so_far as (partition by user_id, source_session_id order by event_number)
),

final as (
    select
        sessions.session_id,
        sessions.user_id,
        cast(placed.step_number as integer) as step_number,
        placed.event_name,
        placed.next_event_name,
        sessions.session_date
    from placed
    inner join sessions
        on placed.user_id = sessions.user_id
        and placed.started_at = sessions.started_at
        -- sessions of the source may begin together
        and placed.source_session_id is not distinct from sessions.source_session_id
    where placed.step_number <= {{ checked_var('journey_max_steps') }}
)

select * from final
