select *
from {{ ref('fct_active_users_daily') }}
where
    dau < 0
    or dau > wau
    or wau > mau
    or stickiness_rate > 1
    or dau_mau_rate > 1
