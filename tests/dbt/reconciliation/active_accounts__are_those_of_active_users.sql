-- on every date
with accounts as (
    select user_days.activity_date as date, count(distinct users.account_id) as accounts
    from {{ ref('int_activity__user_days_so_far') }} as user_days
    inner join {{ ref('int_activity__users') }} as users on user_days.user_id = users.user_id
    group by user_days.activity_date
)

select accounts.*, daily.dau
from accounts
full outer join (
    select * from {{ ref('fct_active_accounts_daily') }} where segment_name = 'all' and dau > 0
) as daily on accounts.date = daily.date
where accounts.accounts is distinct from daily.dau
