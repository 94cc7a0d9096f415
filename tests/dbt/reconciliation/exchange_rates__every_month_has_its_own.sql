{{ config(severity='warn') }}

-- a month without a rate uses the nearest one, which is worth a warning
with used as (
    select distinct subscription_mrr.currency, months.month_start_date
    from {{ ref('int_revenue__subscription_mrr') }} as subscription_mrr
    cross join {{ ref('stg_clock__as_of') }} as clock
    inner join (select distinct month_start_date from {{ ref('dim_dates') }}) as months
        on months.month_start_date <= clock.as_of_date
        and (subscription_mrr.valid_to is null or months.month_start_date < subscription_mrr.valid_to)
        and {{ next_period_start('month', 'months.month_start_date') }} > subscription_mrr.valid_from
    where
        subscription_mrr.mrr_minor_units > 0
        and subscription_mrr.currency <> '{{ checked_var("reporting_currency") }}'
)

select used.*
from used
left join {{ ref('stg_reference__exchange_rates') }} as rates
    on used.currency = rates.currency and used.month_start_date = rates.month
where rates.currency is null
