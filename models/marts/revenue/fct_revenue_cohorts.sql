with movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('movements', 'date') }}
),

months as (
    select * from {{ periods('date_range', ['month']) }} as all_months
),

first_paid as (
    select account_id, {{ period_start('month', 'min(date)') }} as cohort_month
    from movements
    where closing_cents > 0
    group by account_id
),

ranked as (
    select
        movements.account_id,
        movements.closing_cents,
        first_paid.cohort_month,
        {{ period_start('month', 'movements.date') }} as month,
        row_number() over (
            partition by movements.account_id, {{ period_start('month', 'movements.date') }}
            order by movements.date desc
        ) as rank_from_end
    from movements
    inner join first_paid on movements.account_id = first_paid.account_id
    where movements.date >= first_paid.cohort_month
),

-- the MRR at the close of each month with a movement; kept MRR is at most the close of the first month
closes as (
    select
        account_id,
        cohort_month,
        month,
        closing_cents,
        least(closing_cents, first_value(closing_cents) over (partition by account_id order by month)) as kept_cents
    from ranked
    where rank_from_end = 1
),

changes as (
    select
        cohort_month,
        month,
        closing_cents - coalesce(lag(closing_cents) over by_month, 0) as closing_change,
        kept_cents - coalesce(lag(kept_cents) over by_month, 0) as kept_change
    from closes
    window by_month as (partition by account_id order by month)
),

monthly as (
    select
        cohort_month,
        month,
        sum(closing_change) as closing_change,
        sum(kept_change) as kept_change
    from changes
    group by cohort_month, month
),

cohorts as (
    select cohort_month, count(*) as accounts
    from first_paid
    group by cohort_month
),

levels as (
    select
        cohorts.cohort_month,
        cohorts.accounts,
        months.period_end,
        row_number() over by_month - 1 as month_number,
        sum(coalesce(monthly.closing_change, 0)) over by_month as mrr_cents,
        sum(coalesce(monthly.kept_change, 0)) over by_month as kept_cents
    from cohorts
    inner join months on cohorts.cohort_month <= months.period_start
    left join monthly on cohorts.cohort_month = monthly.cohort_month and months.period_start = monthly.month
    window by_month as (
        partition by cohorts.cohort_month order by months.period_start
        rows between unbounded preceding and current row
    )
),

accumulated as (
    select
        *,
        first_value(mrr_cents) over by_month as start_cents,
        sum(mrr_cents) over by_month as cumulative_cents
    from levels
    window by_month as (
        partition by cohort_month order by month_number
        rows between unbounded preceding and current row
    )
),

final as (
    select
        accumulated.cohort_month,
        accumulated.month_number,
        accumulated.accounts,
        {{ reporting_amount('accumulated.mrr_cents') }} as mrr_amount,
        cast(accumulated.mrr_cents as double precision) / nullif(accumulated.start_cents, 0) as nrr_rate,
        cast(accumulated.kept_cents as double precision) / nullif(accumulated.start_cents, 0) as grr_rate,
        {{ reporting_amount('accumulated.cumulative_cents') }} as cumulative_revenue_amount,
        accumulated.period_end <= clock.as_of_date as is_complete,
        clock.as_of_date
    from accumulated
    cross join reporting
    cross join clock
)

select * from final
