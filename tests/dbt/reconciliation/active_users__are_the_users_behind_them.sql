-- DAU of every date; WAU and MAU of the as-of date, of the date after it and of the last date of each month
{%- set windows = {'wau': 7, 'mau': checked_var('mau_window_days') | int} %}
with user_days as (
    select * from {{ ref('fct_user_days') }}
),

daily as (
    select * from {{ ref('fct_active_users_daily') }} where segment_name = 'all'
),

asked as (
    select date from daily
    where date >= as_of_date or {{ add_days('date', 1) }} = {{ period_start('month', add_days('date', 1)) }}
),

expected as (
    select 'dau' as measure, date, count(distinct user_id) as users
    from user_days
    group by date
    {%- for measure, days in windows.items() %}

    union all

    select '{{ measure }}' as measure, asked.date, count(distinct user_days.user_id) as users
    from asked
    left join user_days
        on asked.date >= user_days.date
        and {{ add_days('asked.date', -days) }} < user_days.date
    group by asked.date
    {%- endfor %}
),

found as (
    select 'dau' as measure, date, dau as users from daily where dau > 0
    {%- for measure in windows %}
    union all
    select '{{ measure }}' as measure, daily.date, daily.{{ measure }} as users
    from daily
    inner join asked on daily.date = asked.date
    {%- endfor %}
)

select
    coalesce(found.measure, expected.measure) as measure,
    coalesce(found.date, expected.date) as date,
    found.users as found_users,
    expected.users as expected_users
from found
full outer join expected on found.measure = expected.measure and found.date = expected.date
where found.users is distinct from expected.users
