with cells as (
    select * from {{ ref('fct_retention_cohorts') }}
    where period_grain <> 'day'
),

totals as (
    select
        cohort_basis,
        period_grain,
        retention_type,
        cohort_start,
        period_number,
        segment_name,
        sum(cohort_users) as cohort_users,
        sum(eligible_users) as eligible_users,
        sum(coalesce(retained_users, 0)) as retained_users
    from cells
    group by cohort_basis, period_grain, retention_type, cohort_start, period_number, segment_name
)

select segments.*
from totals as segments
inner join totals as everybody
    on segments.cohort_basis = everybody.cohort_basis
    and segments.period_grain = everybody.period_grain
    and segments.retention_type = everybody.retention_type
    and segments.cohort_start = everybody.cohort_start
    and segments.period_number = everybody.period_number
where
    everybody.segment_name = 'all'
    and (
        segments.cohort_users <> everybody.cohort_users
        or segments.eligible_users <> everybody.eligible_users
        or segments.retained_users <> everybody.retained_users
    )
