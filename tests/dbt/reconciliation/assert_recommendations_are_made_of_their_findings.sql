-- each finding named is there; what leaks is their number and sum, and every finding of an account is in one of them
with findings as (
    select finding_id, account_id, 'findings' as signal, rule_id, reporting_amount from {{ ref('fct_revenue_leakage') }}
    union all
    select finding_id, account_id, signal, null as rule_id, null as reporting_amount from {{ ref('fct_account_signals') }}
    union all
    select finding_id, account_id, 'risk_score' as signal, null as rule_id, null as reporting_amount
    from {{ ref('fct_churn_risk_trace') }}
),

recommendations as (
    select
        recommendations.*,
        rules.rule_id is not null as is_leakage,
        1 + (length(recommendations.evidence) - length(replace(recommendations.evidence, ', ', ''))) / 2 as named
    from {{ ref('fct_recommendations') }} as recommendations
    left join {{ ref('stg_reference__leakage_rules') }} as rules on recommendations.rule_id = rules.rule_id
),

counted as (
    select
        recommendations.recommendation_id,
        count(findings.finding_id) as findings,
        sum(findings.reporting_amount) as amount
    from recommendations
    left join findings
        on recommendations.account_id = findings.account_id
        and recommendations.signal = findings.signal
        and recommendations.rule_id = coalesce(findings.rule_id, recommendations.rule_id)
        and ', ' || recommendations.evidence || ', ' like '%, ' || findings.finding_id || ', %'
    group by recommendations.recommendation_id
),

leaking as (
    select account_id, rule_id, count(*) as findings
    from {{ ref('fct_revenue_leakage') }}
    where account_id is not null
    group by account_id, rule_id
)

select recommendations.recommendation_id, recommendations.named, counted.findings
from recommendations
inner join counted on recommendations.recommendation_id = counted.recommendation_id
where
    recommendations.named <> counted.findings
    or (
        recommendations.is_leakage
        and (
            recommendations.observed_value <> counted.findings
            or recommendations.impact_amount is distinct from counted.amount
        )
    )

union all

select leaking.rule_id || '/' || leaking.account_id as recommendation_id, leaking.findings as named, 0 as findings
from leaking
left join recommendations
    on leaking.account_id = recommendations.account_id and leaking.rule_id = recommendations.rule_id
where recommendations.observed_value is distinct from leaking.findings
