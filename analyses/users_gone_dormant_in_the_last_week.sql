-- Who was active the week before the last complete one, and not in it? One row for each of its dormant users.
with last_week as (
    select max(period_start) as period_start
    from {{ ref('fct_active_users_by_period') }}
    where period_grain = 'week' and is_complete
)

select
    users.user_id,
    users.account_id,
    users.current_plan_id,
    users.last_active_date
from {{ ref('int_activity__user_periods') }} as user_periods
inner join last_week on user_periods.period_start = last_week.period_start
inner join {{ ref('dim_users') }} as users on user_periods.user_id = users.user_id
where user_periods.period_grain = 'week' and user_periods.lifecycle_state = 'dormant'
order by users.last_active_date desc, users.user_id asc
