with bills as (
    select * from {{ ref('int_revenue__bills') }}
),

rule as (
    select * from {{ ref('stg_reference__leakage_rules') }} where rule_id = 'paid_less'
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
        bills.first_paid_date as detected_for_date,
        bills.billed_cents - bills.credited_cents - bills.paid_cents as amount_cents,
        bills.currency,
        'billed ' || bills.billed_cents || ', credited ' || bills.credited_cents || ', paid ' || bills.paid_cents as evidence
    from bills
    cross join clock
    inner join rule on {{ add_days('bills.first_paid_date', 'rule.days') }} <= clock.as_of_date
    where bills.paid_cents > 0 and bills.billed_cents - bills.credited_cents > bills.paid_cents
)

select * from final
