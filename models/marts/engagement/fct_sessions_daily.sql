with sessions as (
    select * from {{ ref('int_activity__sessions_so_far') }}
),

user_days as (
    select * from {{ ref('int_activity__user_days_so_far') }}
),

user_segments as (
    select * from {{ ref('int_activity__user_segments') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

counted as (
    select
        sessions.session_date as date,
        user_segments.segment_name,
        user_segments.segment_value,
        count(*) as sessions,
        count(distinct sessions.user_id) as users,
        count(*) filter (where sessions.is_bounce) as bounced_sessions,
        sum(sessions.duration_seconds) as total_duration_seconds,
        percentile_cont(0.5) within group (order by sessions.duration_seconds) as median_duration_seconds
    from sessions
    inner join user_segments on sessions.user_id = user_segments.user_id
    group by sessions.session_date, user_segments.segment_name, user_segments.segment_value
),

session_days as (
    select distinct user_id, session_date from sessions
),

-- who began a session on a date, who was active on it, and who did both
seen as (
    select
        coalesce(session_days.user_id, user_days.user_id) as user_id,
        coalesce(session_days.session_date, user_days.activity_date) as date,
        case when session_days.user_id is not null and user_days.user_id is not null then 1 else 0 end as is_active,
        case when session_days.user_id is null then 1 else 0 end as is_carried
    from session_days
    full join user_days
        on session_days.user_id = user_days.user_id and session_days.session_date = user_days.activity_date
),

compared as (
    select
        seen.date,
        user_segments.segment_name,
        user_segments.segment_value,
        sum(seen.is_active) as active_users,
        sum(seen.is_carried) as carried_users
    from seen
    inner join user_segments on seen.user_id = user_segments.user_id
    group by seen.date, user_segments.segment_name, user_segments.segment_value
),

date_range as (
    select
        min(counted.date) as first_date,
        max(clock.last_date) as last_date
    from counted
    cross join clock
),

dates as (
    select date from {{ date_series('date_range', 'first_date', 'last_date') }} as series
),

segments as (
    select distinct segment_name, segment_value from counted
),

-- added up and not joined, so that each date and segment has a row
measured as (
    select
        date,
        segment_name,
        segment_value,
        sessions,
        users,
        0 as active_users,
        0 as carried_users,
        bounced_sessions,
        total_duration_seconds,
        median_duration_seconds
    from counted

    union all

    select
        date,
        segment_name,
        segment_value,
        0 as sessions,
        0 as users,
        active_users,
        carried_users,
        0 as bounced_sessions,
        0 as total_duration_seconds,
        null as median_duration_seconds
    from compared

    union all

    select
        dates.date,
        segments.segment_name,
        segments.segment_value,
        0 as sessions,
        0 as users,
        0 as active_users,
        0 as carried_users,
        0 as bounced_sessions,
        0 as total_duration_seconds,
        null as median_duration_seconds
    from dates
    cross join segments
),

filled as (
    select
        date,
        segment_name,
        segment_value,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(users) as bigint) as users,
        cast(sum(active_users) as bigint) as active_users,
        cast(sum(carried_users) as bigint) as carried_users,
        cast(sum(bounced_sessions) as bigint) as bounced_sessions,
        cast(sum(total_duration_seconds) as bigint) as total_duration_seconds,
        max(median_duration_seconds) as median_duration_seconds
    from measured
    group by date, segment_name, segment_value
),

final as (
    select
        filled.date,
        filled.segment_name,
        filled.segment_value,
        filled.date <= clock.as_of_date as is_complete,
        filled.sessions,
        filled.users,
        filled.active_users,
        filled.users - filled.active_users as passive_users,
        filled.carried_users,
        filled.bounced_sessions,
        filled.total_duration_seconds,
        cast(filled.total_duration_seconds as double precision) / nullif(filled.sessions, 0) as avg_duration_seconds,
        filled.median_duration_seconds,
        cast(filled.bounced_sessions as double precision) / nullif(filled.sessions, 0) as bounce_rate,
        clock.as_of_date
    from filled
    cross join clock
)

select * from final
