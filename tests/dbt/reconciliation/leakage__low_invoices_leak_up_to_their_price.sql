-- the missing amount and the amount of an invoice add up to the price of its subscriptions; and without lines the whole amount of
-- an invoice counts
with prices as (
    select
        invoice_id,
        sum(contracted_minor_units) as contracted_minor_units,
        sum(billed_minor_units) as billed_minor_units
    from {{ ref('int_revenue__invoice_prices') }}
    where missing_minor_units > 0
    group by invoice_id
)

select leakage.finding_id, leakage.amount_cents, prices.billed_minor_units, prices.contracted_minor_units
from {{ ref('fct_revenue_leakage') }} as leakage
left join prices on leakage.invoice_id = prices.invoice_id
where
    leakage.rule_id in ('billed_less', 'discount_after_end')
    and leakage.is_lost
    and (prices.contracted_minor_units is null or leakage.amount_cents + prices.billed_minor_units <> prices.contracted_minor_units)

union all

select
    invoices.invoice_id as finding_id,
    invoices.billed_minor_units as amount_cents,
    prices.billed_minor_units,
    prices.contracted_minor_units
from {{ ref('int_revenue__invoice_prices') }} as prices
inner join {{ ref('int_revenue__invoices') }} as invoices on prices.invoice_id = invoices.invoice_id
left join {{ ref('stg_billing__invoice_lines') }} as lines on prices.invoice_id = lines.invoice_id
where lines.invoice_id is null and prices.billed_minor_units <> invoices.billed_minor_units
