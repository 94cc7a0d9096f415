-- users with a session are active or passive on its date; with those carried over midnight they are the daily active users
select
    coalesce(sessions.date, active.date) as date,
    coalesce(sessions.segment_name, active.segment_name) as segment_name,
    coalesce(sessions.segment_value, active.segment_value) as segment_value
from {{ ref('fct_sessions_daily') }} as sessions
full join {{ ref('fct_active_users_daily') }} as active
    on sessions.date = active.date
    and sessions.segment_name = active.segment_name
    and sessions.segment_value = active.segment_value
where
    sessions.users <> sessions.active_users + sessions.passive_users
    or coalesce(sessions.active_users + sessions.carried_users, 0) <> coalesce(active.dau, 0)
