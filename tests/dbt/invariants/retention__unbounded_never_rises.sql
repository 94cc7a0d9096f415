with cells as (
    select * from {{ ref('fct_retention_cohorts') }}
    where retention_type = 'unbounded' and retained_users is not null
),

neighbours as (
    select
        *,
        lag(retained_users) over (
            partition by cohort_basis, period_grain, segment_name, segment_value, cohort_start
            order by period_number
        ) as retained_before
    from cells
)

select * from neighbours
where retained_users > retained_before
