with findings as (
    select * from {{ ref('int_revenue__leakage') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        findings.finding_id,
        findings.rule_id,
        findings.account_id,
        findings.subscription_id,
        findings.invoice_id,
        findings.is_lost,
        findings.confidence,
        findings.doubt,
        findings.detected_for_date,
        findings.amount_minor_units as amount_cents,
        findings.currency,
        {{ reporting_amount('findings.reporting_cents') }} as reporting_amount,
        findings.evidence,
        clock.as_of_date
    from findings
    cross join reporting
    cross join clock
)

select * from final
