-- active = new + retained + resurrected; active of the period before = retained + dormant
with periods as (
    select
        *,
        lag(active_users) over (
            partition by period_grain, segment_name, segment_value order by period_start
        ) as previous_active_users
    from {{ ref('fct_active_users_by_period') }}
)

select *
from periods
where
    active_users <> new_users + retained_users + resurrected_users
    or coalesce(previous_active_users, 0) <> retained_users + dormant_users
