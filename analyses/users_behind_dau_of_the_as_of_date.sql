-- Which users make up the DAU of the as-of date? One row for each of them.
select
    user_days.user_id,
    user_days.account_id,
    users.country,
    users.platform,
    users.current_plan_id,
    user_days.events
from {{ ref('fct_user_days') }} as user_days
inner join {{ ref('dim_users') }} as users on user_days.user_id = users.user_id
where user_days.date = user_days.as_of_date
order by user_days.events desc, user_days.user_id asc
