with bills as (
    select * from {{ ref('int_revenue__bills') }}
),

rule as (
    select * from {{ ref('stg_reference__leakage_rules') }} where rule_id = 'invoice_overdue'
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
        bills.due_date as detected_for_date,
        bills.billed_cents - bills.credited_cents as amount_cents,
        bills.currency,
        'due ' || bills.due_date || ', nothing paid and no attempt failed' as evidence
    from bills
    cross join clock
    inner join rule on {{ add_days('bills.due_date', 'rule.days') }} <= clock.as_of_date
    where
        bills.paid_cents = 0
        and not bills.is_settled_unseen
        and bills.first_failed_date is null
        and bills.billed_cents > bills.credited_cents
)

select * from final
