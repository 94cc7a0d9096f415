-- Which users were active in the week before the last complete one and not in it? One row for each of these dormant users.
with last_week as (
    select max(period_start) as period_start
    from {{ ref('fct_active_users_by_period') }}
    where period_grain = 'week' and is_complete
),

active as (
    select
        user_days.user_id,
        max({{ period_start('week', 'user_days.date') }}) as week
    from {{ ref('fct_user_days') }} as user_days
    inner join last_week
        on {{ period_start('week', 'user_days.date') }} <= last_week.period_start
        and {{ add_days(period_start('week', 'user_days.date'), 7) }} >= last_week.period_start
    group by user_days.user_id
)

select
    users.user_id,
    users.account_id,
    users.current_plan_id,
    users.last_active_date
from active
inner join last_week on active.week < last_week.period_start
inner join {{ ref('dim_users') }} as users on active.user_id = users.user_id
order by users.last_active_date desc, users.user_id asc
