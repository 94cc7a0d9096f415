select daily.date, daily.segment_name, daily.segment_value, daily.dau, periods.active_users
from (select * from {{ ref('fct_active_users_daily') }} where is_complete) as daily
full outer join (
    select * from {{ ref('fct_active_users_by_period') }} where period_grain = 'day'
) as periods
    on daily.date = periods.period_start
    and daily.segment_name = periods.segment_name
    and daily.segment_value = periods.segment_value
-- a segment whose users were only active on the day that is not over is in only one of the marts
where coalesce(daily.dau, 0) <> coalesce(periods.active_users, 0)
