select * from {{ ref('fct_retention_cohorts') }}
where
    cohort_basis = 'first_activity'
    and retention_type in ('bounded', 'unbounded', 'rolling_24h')
    and period_number = 0
    and retained_users <> eligible_users
