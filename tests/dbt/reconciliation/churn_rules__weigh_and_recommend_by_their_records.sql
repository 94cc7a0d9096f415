-- the track record of a rule decides its weight, whether it recommends, and its confidence
{%- set is_proven = checked_var('churn_rule_weights') == 'proven' %}
with records as (
    select * from {{ ref('fct_churn_rule_performance') }}
)

select
    trace.finding_id
from {{ ref('fct_churn_risk_trace') }} as trace
left join records on trace.rule_id = records.subject_id and records.subject_kind = 'rule'
where
    trace.record_status is distinct from records.record_status
    or trace.applied_weight
    <> {{ "case when records.record_status = 'no_better' then 0 else trace.weight end" if is_proven else 'trace.weight' }}

union all

select recommendations.recommendation_id as finding_id
from {{ ref('fct_recommendations') }} as recommendations
left join records on recommendations.rule_id = records.subject_id and records.subject_kind = 'recommendation'
where
    recommendations.record_status is distinct from coalesce(records.record_status, 'owed')
    or recommendations.record_status = 'no_better'
    or recommendations.confidence
    is distinct from case when recommendations.record_status = 'proven' then records.precision_rate end
    or (recommendations.impact_amount is null) <> (recommendations.record_status = 'owed')
