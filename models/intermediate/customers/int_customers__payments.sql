with payments as (
    select * from {{ ref('stg_billing__payments') }}
),

bills as (
    select * from {{ ref('int_customers__bills') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

dated as (
    select
        payments.payment_id,
        bills.account_id,
        payments.kind,
        payments.status,
        payments.amount_cents,
        payments.currency,
        {{ local_date('payments.attempted_at') }} as date
    from payments
    inner join bills on payments.invoice_id = bills.invoice_id
),

final as (
    select
        dated.payment_id,
        dated.account_id,
        dated.kind,
        dated.status,
        {{ converted_cents('dated.amount_cents') }} as reporting_cents,
        dated.date
    from dated
    cross join clock
    left join rates
        on dated.currency = rates.currency
        and {{ is_in_force('rates', 'dated.date') }}
    where dated.date <= clock.as_of_date
)

select * from final
