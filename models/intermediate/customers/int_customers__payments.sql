with payments as (
    select * from {{ ref('stg_billing__payments') }}
),

invoices as (
    select * from {{ ref('stg_billing__invoices') }}
),

contracts as (
    select * from {{ ref('int_revenue__contracts') }}
),

users as (
    select * from {{ ref('stg_app__users') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- who pays is said by the bill, else by the payment
dated as (
    select
        payments.payment_id,
        coalesce(contracts.account_id, invoices.account_id, payments.account_id, users.account_id, payments.user_id) as account_id,
        payments.kind,
        payments.status,
        payments.amount_cents,
        payments.currency,
        {{ local_date('payments.attempted_at') }} as date
    from payments
    left join invoices on payments.invoice_id = invoices.invoice_id
    left join contracts on invoices.subscription_id = contracts.subscription_id
    left join users on payments.user_id = users.user_id
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
    where dated.date <= clock.as_of_date and dated.account_id is not null
)

select * from final
