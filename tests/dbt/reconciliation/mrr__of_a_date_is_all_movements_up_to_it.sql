-- for each account; and the accounts that pay at the close of a month are its customers, with its ARR
with reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

moved as (
    select account_id, date, sum(amount_cents) as amount_cents, 0 as is_asked
    from {{ ref('fct_mrr_movements') }}
    group by account_id, date

    union all

    select account_id, date, 0 as amount_cents, 1 as is_asked from {{ ref('fct_mrr_daily') }}
),

levels as (
    select
        account_id,
        date,
        sum(sum(amount_cents)) over (partition by account_id order by date) as mrr_cents,
        max(is_asked) as is_asked
    from moved
    group by account_id, date
),

closings as (
    select
        {{ period_start('month', 'date') }} as month,
        count(case when mrr_cents > 0 then 1 end) as customers,
        sum(arr_amount) as arr_amount
    from {{ ref('fct_mrr_daily') }}
    where {{ add_days('date', 1) }} = {{ period_start('month', add_days('date', 1)) }}
    group by {{ period_start('month', 'date') }}
)

select
    'account ' || levels.account_id as whose,
    levels.date,
    levels.mrr_cents as expected,
    daily.mrr_cents as found
from levels
left join {{ ref('fct_mrr_daily') }} as daily on levels.account_id = daily.account_id and levels.date = daily.date
cross join reporting
where
    levels.is_asked = 1
    and (daily.mrr_cents <> levels.mrr_cents or daily.arr_amount <> {{ arr_amount('levels.mrr_cents') }})

union all

select
    'all' as whose,
    months.period_start as date,
    closings.customers as expected,
    months.customers as found
from {{ ref('fct_arr_by_period') }} as months
left join closings on months.period_start = closings.month
where
    months.period_grain = 'month'
    and months.segment_name = 'all'
    and months.is_complete
    and (
        months.customers <> coalesce(closings.customers, 0)
        or months.closing_arr_amount <> coalesce(closings.arr_amount, 0)
    )
