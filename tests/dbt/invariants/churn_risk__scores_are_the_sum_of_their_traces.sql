-- accounts whose score is not the sum of the rules that fired
with traced as (
    select
        account_id,
        sum(applied_weight) as weight,
        count(*) as rules
    from {{ ref('fct_churn_risk_trace') }}
    group by account_id
)

select risks.account_id
from {{ ref('fct_churn_risk') }} as risks
full join traced on risks.account_id = traced.account_id
where
    risks.account_id is null
    or risks.risk_score <> coalesce(traced.weight, 0)
    or risks.fired_rules <> coalesce(traced.rules, 0)
