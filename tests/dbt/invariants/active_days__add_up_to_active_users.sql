-- the users are all users ever active; those active in the window are the MAU of the as-of date, and their days add up to its DAU
with distribution as (
    select
        as_of_date,
        sum(users) as users,
        sum(case when active_days > 0 then users else 0 end) as users_in_window,
        sum(active_days * users) as user_days
    from {{ ref('fct_active_days_distribution') }}
    group by as_of_date
),

ever_active as (
    select count(distinct user_id) as users from {{ ref('int_activity__counted_user_days') }}
),

daily as (
    select date, mau, dau
    from {{ ref('fct_active_users_daily') }}
    where segment_name = 'all'
),

dau as (
    select sum(daily.dau) as user_days
    from daily
    inner join distribution
        on daily.date > {{ add_days('distribution.as_of_date', -(checked_var('mau_window_days') | int)) }}
        and daily.date <= distribution.as_of_date
)

select distribution.*
from distribution
cross join ever_active
cross join dau
left join daily on distribution.as_of_date = daily.date
where
    distribution.users <> ever_active.users
    or distribution.users_in_window <> coalesce(daily.mau, 0)
    or distribution.user_days <> coalesce(dau.user_days, 0)
