-- for each invoice: billed = credited + paid + leaking, except within the days of grace or when in doubt; so no amount leaks
-- twice
with leaking as (
    select
        invoice_id,
        sum(amount_cents) as amount_cents,
        count(doubt) as doubts
    from {{ ref('fct_revenue_leakage') }}
    where rule_id in ('invoice_overdue', 'payment_not_recovered', 'paid_less')
    group by invoice_id
),

open_invoices as (
    select
        *,
        case
            when is_settled_unseen then 0 else greatest(billed_minor_units - credited_minor_units - paid_minor_units, 0)
        end as open_minor_units,
        case
            when paid_minor_units > 0 then 'paid_less'
            when first_failed_date is not null then 'payment_not_recovered'
            else 'invoice_overdue'
        end as rule_id,
        case
            when paid_minor_units > 0 then first_paid_date
            else coalesce(first_failed_date, due_date)
        end as leaks_from_date
    from {{ ref('int_revenue__invoices') }}
)

select open_invoices.invoice_id, open_invoices.rule_id, open_invoices.open_minor_units, leaking.amount_cents
from open_invoices
cross join {{ ref('stg_clock__as_of') }} as clock
left join {{ ref('stg_reference__leakage_rules') }} as rules
    on open_invoices.rule_id = rules.rule_id
    and {{ add_days('open_invoices.leaks_from_date', 'rules.days') }} <= clock.as_of_date
left join leaking on open_invoices.invoice_id = leaking.invoice_id
where
    coalesce(leaking.doubts, 0) = 0
    and coalesce(leaking.amount_cents, 0) <> case when rules.rule_id is null then 0 else open_invoices.open_minor_units end
