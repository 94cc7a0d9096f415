{{ config(materialized='view') }}

with sessions as (
    select * from {{ ref('int_activity__sessions') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        sessions.session_id,
        sessions.user_id,
        sessions.first_event_name,
        sessions.platform,
        sessions.event_count = 1 as is_bounce,
        sessions.event_count,
        {{ seconds_between('sessions.started_at', 'sessions.ended_at') }} as duration_seconds,
        sessions.session_date,
        sessions.started_at,
        sessions.ended_at
    from sessions
    inner join users on sessions.user_id = users.user_id
    cross join clock
    where
        users.is_counted
        -- the allowed skew may reach into the next day
        and sessions.session_date <= clock.last_date
)

select * from final
