-- Which findings are behind the recommendations, the most urgent first? `evidence` names them: churn rules that fired, signals,
-- or leakage. Signals of use come from the days in fct_user_days.
with findings as (
    select
        finding_id,
        account_id,
        signal,
        observed_value as value,
        'fct_churn_risk_trace' as found_in
    from {{ ref('fct_churn_risk_trace') }}

    union all

    select
        finding_id,
        account_id,
        signal,
        signal_value,
        'fct_account_signals' as found_in
    from {{ ref('fct_account_signals') }}
    where is_current

    union all

    select
        finding_id,
        account_id,
        'findings' as signal,
        cast(reporting_amount as double precision) as value,
        'fct_revenue_leakage' as found_in
    from {{ ref('fct_revenue_leakage') }}
)

select
    recommendations.priority_rank,
    recommendations.recommendation_id,
    rules.name,
    recommendations.account_id,
    findings.found_in,
    findings.finding_id,
    findings.signal,
    findings.value
from {{ ref('fct_recommendations') }} as recommendations
inner join {{ ref('dim_rules') }} as rules on recommendations.rule_id = rules.rule_id
inner join findings
    on recommendations.account_id = findings.account_id
    and ', ' || recommendations.evidence || ', ' like '%, ' || findings.finding_id || ', %'
order by recommendations.priority_rank asc, findings.found_in asc, findings.finding_id asc
