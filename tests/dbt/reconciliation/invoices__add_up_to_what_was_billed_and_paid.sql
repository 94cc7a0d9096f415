-- per currency: every invoiced amount, and every payment that succeeded, is once in the invoices that leakage reads
with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

sent as (
    select invoices.invoice_id, invoices.currency, invoices.amount_due_minor_units
    from {{ ref('stg_billing__invoices') }} as invoices
    cross join clock
    where invoices.status not in ('draft', 'void') and {{ local_date('invoices.issued_at') }} <= clock.as_of_date
),

expected as (
    select currency, amount_due_minor_units as billed, 0 as paid, 0 as given_back from sent

    union all

    select
        payments.currency,
        0 as billed,
        case when payments.kind = 'charge' then payments.amount_minor_units else 0 end as paid,
        case when payments.kind = 'charge' then 0 else payments.amount_minor_units end as given_back
    from {{ ref('stg_billing__payments') }} as payments
    cross join clock
    inner join sent on payments.invoice_id = sent.invoice_id and payments.currency = sent.currency
    where payments.status = 'succeeded' and {{ local_date('payments.attempted_at') }} <= clock.as_of_date
),

both_sides as (
    select currency, billed, paid, given_back from expected

    union all

    select currency, -billed_minor_units as billed, -paid_minor_units as paid, -credited_minor_units - returned_minor_units as given_back
    from {{ ref('int_revenue__invoices') }}
)

select currency, sum(billed) as billed, sum(paid) as paid, sum(given_back) as given_back
from both_sides
group by currency
having sum(billed) <> 0 or sum(paid) <> 0 or sum(given_back) <> 0
