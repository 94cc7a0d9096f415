-- MRR of all cohorts in a month is the MRR at its close, and the cumulative revenue adds up from month to month
with cohorts as (
    select
        *,
        {{ add_months('cohort_month', 'cast(month_number as integer)') }} as month,
        lag(cumulative_revenue_amount, 1, 0) over (
            partition by cohort_month order by month_number
        ) as cumulative_before
    from {{ ref('fct_revenue_cohorts') }}
),

totals as (
    select
        month,
        12 * sum(mrr_amount) as arr_amount,
        max(abs(cumulative_before + mrr_amount - cumulative_revenue_amount)) as off_by
    from cohorts
    group by month
)

select totals.*, periods.closing_arr_amount
from totals
left join {{ ref('fct_arr_by_period') }} as periods
    on totals.month = periods.period_start
    and periods.period_grain = 'month'
    and periods.segment_name = 'all'
where totals.off_by <> 0 or totals.arr_amount is distinct from periods.closing_arr_amount
