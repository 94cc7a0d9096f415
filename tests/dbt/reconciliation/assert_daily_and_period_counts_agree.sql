select daily.date, daily.segment_name, daily.segment_value, daily.dau, periods.active_users
from {{ ref('fct_active_users_daily') }} as daily
full outer join (
    select * from {{ ref('fct_active_users_by_period') }} where period_grain = 'day'
) as periods
    on daily.date = periods.period_start
    and daily.segment_name = periods.segment_name
    and daily.segment_value = periods.segment_value
where daily.dau is distinct from periods.active_users
