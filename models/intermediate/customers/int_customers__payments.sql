with payments as (
    select * from {{ ref('stg_billing__payments') }}
),

invoices as (
    select * from {{ ref('stg_billing__invoices') }}
),

subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

user_accounts as (
    select * from {{ ref('int_activity__user_accounts') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- the invoice says who pays, or else the payment does
dated as (
    select
        payments.payment_id,
        coalesce(
            subscriptions.account_id, invoices.account_id, payments.account_id, user_accounts.account_id, payments.user_id
        ) as account_id,
        payments.kind,
        payments.status,
        payments.amount_minor_units,
        payments.currency,
        {{ local_date('payments.attempted_at') }} as date
    from payments
    left join invoices on payments.invoice_id = invoices.invoice_id
    left join subscriptions on invoices.subscription_id = subscriptions.subscription_id
    left join user_accounts on payments.user_id = user_accounts.user_id
),

final as (
    select
        dated.payment_id,
        dated.account_id,
        dated.kind,
        dated.status,
        {{ converted_cents('dated.amount_minor_units') }} as reporting_cents,
        dated.date
    from dated
    cross join clock
    left join rates
        on dated.currency = rates.currency
        and {{ is_in_force('rates', 'dated.date') }}
    where dated.date <= clock.as_of_date and dated.account_id is not null
)

select * from final
