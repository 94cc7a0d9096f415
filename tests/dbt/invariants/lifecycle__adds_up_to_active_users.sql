-- active = new + retained + resurrected; active of the period before = retained + dormant
with periods as (
    select
        *,
        lag(active_users) over (
            partition by period_grain, segment_name, segment_value order by period_start
        ) as users_before
    from {{ ref('fct_active_users_by_period') }}
)

select *
from periods
where
    active_users <> new_users + retained_users + resurrected_users
    or active_users <> new_users + returning_users
    or coalesce(users_before, 0) <> retained_users + dormant_users
    or coalesce(users_before, 0) <> previous_active_users
