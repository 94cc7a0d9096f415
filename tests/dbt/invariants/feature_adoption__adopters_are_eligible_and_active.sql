select adoption.*
from {{ ref('fct_feature_adoption') }} as adoption
left join {{ ref('fct_active_users_by_period') }} as active
    on adoption.period_grain = active.period_grain
    and adoption.period_start = active.period_start
    and active.segment_name = 'all'
where
    adoption.adopting_users > adoption.eligible_users
    or adoption.eligible_users > coalesce(active.active_users, 0)
    or adoption.eligible_users > adoption.total_users
    or adoption.repeat_users > adoption.adopting_users
    or adoption.user_days > adoption.events
