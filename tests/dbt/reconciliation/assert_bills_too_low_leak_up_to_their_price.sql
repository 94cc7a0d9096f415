-- what is missing on a bill and what is on it make the price of the contract
select leakage.finding_id, leakage.amount_cents, bills.billed_cents, prices.contracted_cents
from {{ ref('fct_revenue_leakage') }} as leakage
left join {{ ref('int_revenue__bills') }} as bills on leakage.invoice_id = bills.invoice_id
left join {{ ref('int_revenue__bill_prices') }} as prices on leakage.invoice_id = prices.invoice_id
where
    leakage.rule_id in ('billed_less', 'discount_after_end')
    and (prices.contracted_cents is null or leakage.amount_cents + bills.billed_cents <> prices.contracted_cents)
