with totals as (
    select session_date as date, count(*) as sessions, count(distinct user_id) as users, sum(duration_seconds) as seconds
    from {{ ref('fct_sessions') }}
    group by session_date
),

sums as (
    select
        date,
        segment_name,
        sum(sessions) as sessions,
        sum(users) as users,
        sum(total_duration_seconds) as seconds
    from {{ ref('fct_sessions_daily') }}
    group by date, segment_name
)

select sums.*
from sums
left join totals on sums.date = totals.date
where
    sums.sessions <> coalesce(totals.sessions, 0)
    or sums.users <> coalesce(totals.users, 0)
    or sums.seconds <> coalesce(totals.seconds, 0)
