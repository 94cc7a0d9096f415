with payments as (
    select * from {{ ref('stg_billing__payments') }}
),

invoices as (
    select * from {{ ref('stg_billing__invoices') }}
),

contracts as (
    select * from {{ ref('int_revenue__contracts') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

bills as (
    select
        invoices.invoice_id,
        coalesce(contracts.account_id, invoices.account_id) as account_id
    from invoices
    left join contracts on invoices.subscription_id = contracts.subscription_id
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
    where bills.account_id is not null
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
