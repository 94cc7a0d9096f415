with bills as (
    select * from {{ ref('int_revenue__bills') }}
),

prices as (
    select * from {{ ref('int_revenue__bill_prices') }}
),

rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

priced as (
    select
        bills.*,
        prices.contracted_cents,
        prices.price_with_ended_discount_cents
    from bills
    left join prices on bills.invoice_id = prices.invoice_id
),

found as (
    select
        'invoice_overdue' as rule_id,
        invoice_id,
        due_date as detected_for_date,
        billed_cents - credited_cents as amount_cents,
        'due ' || due_date || ', nothing paid and no attempt failed' as evidence
    from priced
    where
        paid_cents = 0
        and not is_settled_unseen
        and first_failed_date is null
        and billed_cents > credited_cents

    union all

    select
        'payment_not_recovered' as rule_id,
        invoice_id,
        first_failed_date as detected_for_date,
        billed_cents - credited_cents as amount_cents,
        'failed first on ' || first_failed_date || ', nothing paid since' as evidence
    from priced
    where paid_cents = 0 and not is_settled_unseen and billed_cents > credited_cents

    union all

    select
        'paid_less' as rule_id,
        invoice_id,
        first_paid_date as detected_for_date,
        billed_cents - credited_cents - paid_cents as amount_cents,
        'billed ' || billed_cents || ', credited ' || credited_cents || ', paid ' || paid_cents as evidence
    from priced
    where paid_cents > 0 and billed_cents - credited_cents > paid_cents

    union all

    select
        'discount_after_end' as rule_id,
        invoice_id,
        issued_date as detected_for_date,
        contracted_cents - billed_cents as amount_cents,
        'contracted ' || contracted_cents || ', billed ' || billed_cents || ' with a discount that had ended' as evidence
    from priced
    where billed_cents < contracted_cents and billed_cents = price_with_ended_discount_cents

    union all

    select
        'billed_less' as rule_id,
        invoice_id,
        issued_date as detected_for_date,
        contracted_cents - billed_cents as amount_cents,
        'contracted ' || contracted_cents || ', billed ' || billed_cents || ' for a whole period' as evidence
    from priced
    where billed_cents < contracted_cents
),

final as (
    select
        found.rule_id,
        found.invoice_id as finding_key,
        bills.account_id,
        bills.subscription_id,
        found.invoice_id,
        found.detected_for_date,
        found.amount_cents,
        bills.currency,
        found.evidence
    from found
    cross join clock
    inner join bills on found.invoice_id = bills.invoice_id
    inner join rules
        on found.rule_id = rules.rule_id
        and {{ add_days('found.detected_for_date', 'rules.days') }} <= clock.as_of_date
)

select * from final
