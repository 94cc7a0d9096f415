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

-- a user counts once per date, and after that once per segment
session_days as (
    select
        user_id,
        session_date,
        count(*) as sessions,
        count(*) filter (where is_bounce) as bounced_sessions,
        cast(sum(duration_seconds) as bigint) as total_duration_seconds
    from sessions
    group by user_id, session_date
),

-- users who began a session on the date, users who were active on it, and users with both
seen as (
    select
        coalesce(session_days.user_id, user_days.user_id) as user_id,
        coalesce(session_days.session_date, user_days.activity_date) as date,
        session_days.sessions,
        case when session_days.user_id is not null then 1 else 0 end as has_sessions,
        case when session_days.user_id is not null and user_days.user_id is not null then 1 else 0 end as is_active,
        case when session_days.user_id is null then 1 else 0 end as is_carried,
        session_days.bounced_sessions,
        session_days.total_duration_seconds
    from session_days
    full join user_days
        on session_days.user_id = user_days.user_id and session_days.session_date = user_days.activity_date
),

counted as (
    select
        seen.date,
        user_segments.segment_name,
        user_segments.segment_value,
        coalesce(sum(seen.sessions), 0) as sessions,
        sum(seen.has_sessions) as users,
        sum(seen.is_active) as active_users,
        sum(seen.is_carried) as carried_users,
        coalesce(sum(seen.bounced_sessions), 0) as bounced_sessions,
        coalesce(sum(seen.total_duration_seconds), 0) as total_duration_seconds
    from seen
    inner join user_segments on seen.user_id = user_segments.user_id
    group by seen.date, user_segments.segment_name, user_segments.segment_value
),

-- sorting by a number is faster than by two texts
segments as (
    select
        segment_name,
        segment_value,
        row_number() over (order by segment_name, segment_value) as segment_number
    from user_segments
    group by segment_name, segment_value
),

numbered as (
    select user_segments.user_id, segments.segment_number
    from user_segments
    inner join segments
        on user_segments.segment_name = segments.segment_name and user_segments.segment_value = segments.segment_value
),

medians as (
    select
        sessions.session_date as date,
        numbered.segment_number,
        percentile_cont(0.5) within group (order by sessions.duration_seconds) as median_duration_seconds
    from sessions
    inner join numbered on sessions.user_id = numbered.user_id
    group by sessions.session_date, numbered.segment_number
),

date_range as (
    {{ date_range('counted', 'date', until='last_date', where="counted.sessions > 0") }}
),

dates as (
    select date from {{ date_series('date_range', 'first_date', 'last_date') }} as series
),

-- a union and not a join, so that each date and segment with sessions has a row
measured as (
    select * from counted

    union all

    select
        dates.date,
        seen_segments.segment_name,
        seen_segments.segment_value,
        0 as sessions,
        0 as users,
        0 as active_users,
        0 as carried_users,
        0 as bounced_sessions,
        0 as total_duration_seconds
    from dates
    cross join (select distinct segment_name, segment_value from counted where sessions > 0) as seen_segments
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
        cast(sum(total_duration_seconds) as bigint) as total_duration_seconds
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
        medians.median_duration_seconds,
        cast(filled.bounced_sessions as double precision) / nullif(filled.sessions, 0) as bounce_rate,
        clock.as_of_date
    from filled
    inner join segments
        on filled.segment_name = segments.segment_name and filled.segment_value = segments.segment_value
    left join medians on filled.date = medians.date and segments.segment_number = medians.segment_number
    cross join clock
)

select * from final
