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

session_events as (
    {{ session_events('events') }}
),

-- the first and the last event tell all about a session, so the others need not be grouped
ends as (
    select
        *,
        lead(event_number) over in_order as next_end_number,
        lead(occurred_at) over in_order as next_end_at
    from session_events
    where is_session_start or is_session_end
    window in_order as (partition by user_id, source_session_id order by event_number)
),

final as (
    select
        event_id as session_id,
        user_id,
        source_session_id,
        event_name as first_event_name,
        platform,
        case when is_session_end then 1 else next_end_number - event_number + 1 end as event_count,
        event_date as session_date,
        occurred_at as started_at,
        case when is_session_end then occurred_at else next_end_at end as ended_at
    from ends
    where is_session_start
)

select * from final
