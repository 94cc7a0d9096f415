-- each named finding exists and none is missing; leaking_amount is the sum of the lost ones; and each lost one is in one
-- recommendation
with leakage as (
    select finding_id, account_id, reporting_amount from {{ ref('fct_revenue_leakage') }} where is_lost and account_id is not null
),

findings as (
    select finding_id, account_id from leakage
    union
    select finding_id, account_id from {{ ref('fct_account_signals') }} where is_current and signal <> 'risk_score'
    union
    select finding_id, account_id from {{ ref('fct_churn_risk_trace') }} where applied_weight > 0
),

recommendations as (
    select * from {{ ref('fct_recommendations') }}
),

counted as (
    select
        recommendations.recommendation_id,
        count(findings.finding_id) as finding_count,
        sum(leakage.reporting_amount) as amount
    from recommendations
    left join findings
        on recommendations.account_id = findings.account_id
        and position(', ' || findings.finding_id || ', ' in ', ' || recommendations.evidence || ', ') > 0
    left join leakage on findings.finding_id = leakage.finding_id
    group by recommendations.recommendation_id
)

select
    recommendations.recommendation_id,
    recommendations.finding_count as named,
    counted.finding_count
from recommendations
inner join counted on recommendations.recommendation_id = counted.recommendation_id
where
    recommendations.finding_count <> counted.finding_count
    or recommendations.finding_count = 0
    or recommendations.leaking_amount is distinct from counted.amount

union all

select
    leakage.finding_id as recommendation_id,
    1 as named,
    count(recommendations.recommendation_id) as finding_count
from leakage
left join recommendations
    on leakage.account_id = recommendations.account_id
    and position(', ' || leakage.finding_id || ', ' in ', ' || recommendations.evidence || ', ') > 0
group by leakage.finding_id
having count(recommendations.recommendation_id) <> 1
