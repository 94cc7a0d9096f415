with cohorts as (
    select
        period_grain,
        segment_value,
        cohort_start as period_start,
        cohort_users
    from {{ ref('fct_retention_cohorts') }}
    where
        cohort_basis = 'first_activity'
        and retention_type = 'bounded'
        and segment_name = 'all'
        and period_number = 0
),

periods as (
    select
        period_grain,
        period_start,
        new_users
    from {{ ref('fct_active_users_by_period') }}
    where segment_name = 'all'
)

select periods.*
from periods
left join cohorts
    on periods.period_grain = cohorts.period_grain
    and periods.period_start = cohorts.period_start
where periods.new_users <> coalesce(cohorts.cohort_users, 0)
