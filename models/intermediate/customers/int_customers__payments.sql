with payments as (
    select * from {{ ref('stg_billing__payments') }}
),

invoices as (
    select * from {{ ref('stg_billing__invoices') }}
),

subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

users as (
    select * from {{ ref('int_activity__registrations') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

owned as (
    select
        payments.*,
        coalesce(merged_users.user_id, payments.user_id) as owner_id
    from payments
    left join merged_users on payments.user_id = merged_users.merged_user_id
),

-- the invoice says who pays, or else the payment does
dated as (
    select
        owned.payment_id,
        coalesce(
            subscriptions.account_id, invoices.account_id, owned.account_id, users.account_id, owned.owner_id
        ) as account_id,
        owned.kind,
        owned.status,
        owned.amount_cents,
        owned.currency,
        {{ local_date('owned.attempted_at') }} as date
    from owned
    left join invoices on owned.invoice_id = invoices.invoice_id
    left join subscriptions on invoices.subscription_id = subscriptions.subscription_id
    left join users on owned.owner_id = users.user_id
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
