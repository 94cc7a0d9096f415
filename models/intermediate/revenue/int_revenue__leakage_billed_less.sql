with bills as (
    select * from {{ ref('int_revenue__bills') }}
),

prices as (
    select * from {{ ref('int_revenue__bill_prices') }}
),

rule as (
    select * from {{ ref('stg_reference__leakage_rules') }} where rule_id = 'billed_less'
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        rule.rule_id,
        bills.invoice_id as finding_key,
        bills.account_id,
        bills.subscription_id,
        bills.invoice_id,
        bills.issued_date as detected_for_date,
        prices.contracted_cents - bills.billed_cents as amount_cents,
        bills.currency,
        'contracted ' || prices.contracted_cents || ', billed ' || bills.billed_cents || ' for a whole period' as evidence
    from bills
    cross join clock
    inner join prices on bills.invoice_id = prices.invoice_id
    inner join rule on {{ add_days('bills.issued_date', 'rule.days') }} <= clock.as_of_date
    where bills.billed_cents < prices.contracted_cents
)

select * from final
