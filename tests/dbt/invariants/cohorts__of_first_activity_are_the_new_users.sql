with cohorts as (
    select
        period_grain,
        cohort_start as period_start,
        cohort_users
    from {{ ref('fct_retention_cohorts') }}
    where
        cohort_basis = 'first_activity'
        and retention_type = 'bounded'
        and segment_name = 'all'
        and period_number = 0
),

kept_grains as (
    select period_grain
    from {{ ref('int_growth__kept_cuts') }}
    where cohort_basis = 'first_activity' and retention_type = 'bounded' and segment_name = 'all'
),

periods as (
    select
        active_users.period_grain,
        active_users.period_start,
        active_users.new_users
    from {{ ref('fct_active_users_by_period') }} as active_users
    inner join kept_grains on active_users.period_grain = kept_grains.period_grain
    where active_users.segment_name = 'all'
)

select periods.*
from periods
left join cohorts
    on periods.period_grain = cohorts.period_grain
    and periods.period_start = cohorts.period_start
where periods.new_users <> coalesce(cohorts.cohort_users, 0)
