with read_invoices as (
    select * from {{ ref('stg_billing__invoices') }}
),

payments as (
    select * from {{ ref('stg_billing__payments') }}
),

subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- an infinite due date, and a period without a finite beginning and end, count as unknown
invoices as (
    select
        invoice_id,
        subscription_id,
        account_id,
        currency,
        status,
        amount_due_minor_units,
        issued_at,
        case when isfinite(due_at) then due_at end as due_at,
        case when isfinite(period_start) and isfinite(period_end) then period_start end as period_start,
        case when isfinite(period_start) and isfinite(period_end) then period_end end as period_end
    from read_invoices
),

-- payments up to the as-of date; money in another currency cannot be compared with its invoice
attempts as (
    select
        payments.invoice_id,
        payments.kind,
        payments.status,
        payments.amount_minor_units,
        payments.attempted_at,
        {{ local_date('payments.attempted_at') }} as attempted_date,
        min(case when payments.kind = 'charge' and payments.status = 'succeeded' then payments.attempted_at end)
            over (partition by payments.invoice_id) as first_paid_at
    from payments
    inner join invoices on payments.invoice_id = invoices.invoice_id and payments.currency = invoices.currency
),

-- a credit note before the first payment lowers the invoice; after it, money is given back
named as (
    select
        *,
        case
            when kind = 'charge' then case status when 'succeeded' then 'paid' when 'failed' then 'failed' end
            when status <> 'succeeded' then null
            when kind <> 'credit_note' then 'returned'
            when first_paid_at is null or attempted_at < first_paid_at then 'credited'
            else 'noted'
        end as outcome
    from attempts
),

outcomes as (
    select
        named.invoice_id,
        sum(case when named.outcome = 'paid' then named.amount_minor_units else 0 end) as paid_minor_units,
        sum(case when named.outcome = 'credited' then named.amount_minor_units else 0 end) as credited_minor_units,
        sum(case when named.outcome in ('returned', 'noted') then named.amount_minor_units else 0 end) as returned_minor_units,
        sum(case when named.outcome = 'noted' then named.amount_minor_units else 0 end) as noted_minor_units,
        min(case when named.outcome = 'noted' then named.attempted_at end) as first_noted_at,
        max(case when named.outcome in ('returned', 'noted') then named.attempted_date end) as last_returned_date,
        min(case when named.outcome = 'paid' then named.attempted_date end) as first_paid_date,
        min(case when named.outcome = 'failed' then named.attempted_date end) as first_failed_date
    from named
    cross join clock
    where named.attempted_date <= clock.as_of_date
    group by named.invoice_id
),

-- some systems say that an invoice is paid and do not say by which payment
paid_ever as (
    select distinct invoice_id
    from payments
    where kind = 'charge' and status = 'succeeded' and invoice_id is not null
),

final as (
    select
        invoices.invoice_id,
        invoices.subscription_id,
        coalesce(subscriptions.account_id, invoices.account_id) as account_id,
        invoices.currency,
        invoices.status = 'paid' and paid_ever.invoice_id is null as is_settled_unseen,
        invoices.amount_due_minor_units as billed_minor_units,
        cast(coalesce(outcomes.credited_minor_units, 0) as bigint) as credited_minor_units,
        cast(coalesce(outcomes.paid_minor_units, 0) as bigint) as paid_minor_units,
        cast(coalesce(outcomes.returned_minor_units, 0) as bigint) as returned_minor_units,
        cast(coalesce(outcomes.noted_minor_units, 0) as bigint) as noted_minor_units,
        {{ local_date('invoices.issued_at') }} as issued_date,
        {{ local_date('invoices.due_at') }} as due_date,
        {{ local_date('invoices.period_start') }} as period_start_date,
        {{ local_date('invoices.period_end') }} as period_end_date,
        outcomes.first_paid_date,
        outcomes.first_failed_date,
        outcomes.last_returned_date,
        outcomes.first_noted_at,
        invoices.period_start as period_start_at,
        invoices.period_end as period_end_at,
        invoices.issued_at
    from invoices
    cross join clock
    left join subscriptions on invoices.subscription_id = subscriptions.subscription_id
    left join outcomes on invoices.invoice_id = outcomes.invoice_id
    left join paid_ever on invoices.invoice_id = paid_ever.invoice_id
    where
        invoices.status not in ('draft', 'void')
        and {{ local_date('invoices.issued_at') }} <= clock.as_of_date
)

select * from final
