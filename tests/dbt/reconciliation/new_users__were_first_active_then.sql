-- the same for the users at risk when survival begins, and the users in RFM
with firsts as (
    select first_active_date, count(*) as users
    from {{ ref('dim_users') }}
    where is_counted and first_active_date is not null
    group by first_active_date
),

new_users as (
    select period_start, new_users
    from {{ ref('fct_active_users_by_period') }}
    where segment_name = 'all' and period_grain = 'day' and new_users > 0
),

everybody as (
    select cast(coalesce(sum(users), 0) as bigint) as users from firsts
)

select
    'new on ' || cast(coalesce(firsts.first_active_date, new_users.period_start) as text) as what,
    firsts.users as expected_users,
    new_users.new_users as found_users
from firsts
full outer join new_users on firsts.first_active_date = new_users.period_start
where firsts.users is distinct from new_users.new_users

union all

select 'at risk' as what, everybody.users as expected_users, survival.at_risk_users as found_users
from everybody
left join {{ ref('fct_survival') }} as survival on survival.segment_name = 'all' and survival.day_number = 0
where coalesce(survival.at_risk_users, 0) <> everybody.users
