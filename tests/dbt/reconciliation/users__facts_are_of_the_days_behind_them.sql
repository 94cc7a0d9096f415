-- RFM of a user, and the counted users of an account, from the rows behind them
{%- set window = checked_var('rfm_window_days') | int %}
with days as (
    select
        user_days.user_id,
        {{ days_between('max(user_days.activity_date)', 'max(clock.as_of_date)') }} as recency_days,
        count(*) as frequency_days,
        sum(user_days.event_count) as monetary_value
    from {{ ref('int_activity__counted_user_days') }} as user_days
    cross join {{ ref('stg_clock__as_of') }} as clock
    {%- if window %}
    where user_days.activity_date > {{ add_days('clock.as_of_date', -window) }}
    {%- endif %}
    group by user_days.user_id
),

members as (
    select account_id, count(*) as users
    from {{ ref('dim_users') }}
    where is_counted
    group by account_id
)

select 'user' as kind, coalesce(rfm.user_id, days.user_id) as id
from {{ ref('fct_user_rfm') }} as rfm
full outer join days on rfm.user_id = days.user_id
where
    rfm.recency_days is distinct from days.recency_days
    or rfm.frequency_days is distinct from days.frequency_days
    or rfm.monetary_value is distinct from days.monetary_value

union all

select 'account' as kind, accounts.account_id as id
from {{ ref('dim_accounts') }} as accounts
left join members on accounts.account_id = members.account_id
where accounts.user_count <> coalesce(members.users, 0)
