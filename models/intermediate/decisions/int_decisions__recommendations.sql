with advice as (
    select * from {{ ref('int_decisions__advice') }} where is_current
),

rules as (
    select * from {{ ref('stg_reference__recommendation_rules') }}
),

alerts as (
    select * from {{ ref('int_decisions__recommendation_alerts') }} where is_current
),

records as (
    select * from {{ ref('int_decisions__recommendation_rule_records') }}
),

churn_alerts as (
    select * from {{ ref('int_customers__churn_alerts') }}
),

churn_records as (
    select * from {{ ref('int_customers__churn_rule_records') }}
),

leakage_actions as (
    select * from {{ ref('int_decisions__leakage_actions') }}
),

leakage as (
    select * from {{ ref('int_revenue__leakage') }} where is_lost
),

leakage_rules as (
    select * from {{ ref('stg_reference__leakage_rules') }}
),

speaking as (
    select
        alerts.account_id,
        alerts.cause,
        alerts.month,
        rules.signal
    from alerts
    inner join rules on alerts.rule_id = rules.rule_id
    inner join records on alerts.rule_id = records.rule_id and alerts.month = records.month
    where records.record_status <> 'no_better'
),

-- a score is based on the churn rules that add to it, another signal on itself, and leakage on its findings
findings as (
    select
        speaking.account_id,
        speaking.cause,
        churn_alerts.rule_id || '/' || churn_alerts.account_id || '/' || cast(churn_alerts.month as text) as finding_id
    from speaking
    inner join churn_alerts on speaking.account_id = churn_alerts.account_id and speaking.month = churn_alerts.month
    inner join churn_records
        on churn_alerts.rule_id = churn_records.rule_id
        and churn_alerts.month = churn_records.month
        and churn_records.applied_weight > 0
    where speaking.signal = 'risk_score'

    union

    select
        account_id,
        cause,
        signal || '/' || account_id || '/' || cast(month as text) as finding_id
    from speaking
    where signal <> 'risk_score'

    union

    select
        leakage.account_id,
        leakage_rules.cause,
        leakage.finding_id
    from leakage
    inner join leakage_rules on leakage.rule_id = leakage_rules.rule_id
),

evidence as (
    select
        account_id,
        cause,
        string_agg(finding_id, ', ' order by {{ text_order('finding_id') }}) as evidence,
        count(*) as finding_count
    from findings
    group by account_id, cause
),

-- one recommendation per account and cause: a customer who may leave comes first, and leakage is added to it
final as (
    select
        coalesce(advice.recommendation_id, leakage_actions.recommendation_id) as recommendation_id,
        coalesce(advice.account_id, leakage_actions.account_id) as account_id,
        coalesce(advice.cause, leakage_actions.cause) as cause,
        coalesce(advice.rule_id, leakage_actions.rule_id) as rule_id,
        coalesce(rules.action, leakage_actions.action) as action,
        coalesce(rules.owner, leakage_actions.owner) as owner,
        coalesce(rules.signal, 'findings') as signal,
        coalesce(rules.operator, '>=') as operator,
        coalesce(evidence.evidence, '') as evidence,
        coalesce(advice.record_status, 'owed') as record_status,
        coalesce(evidence.finding_count, 0) as finding_count,
        {{ arr_cents('advice.mrr_cents') }} as impact_cents,
        leakage_actions.leaking_cents,
        advice.confidence,
        coalesce(advice.observed_value, cast(leakage_actions.finding_count as double precision)) as observed_value,
        coalesce(rules.threshold, cast(1 as double precision)) as threshold,
        coalesce(advice.episode_month, leakage_actions.since_month) as since_month
    from advice
    inner join rules on advice.rule_id = rules.rule_id
    full join leakage_actions on advice.account_id = leakage_actions.account_id and advice.cause = leakage_actions.cause
    left join evidence
        on coalesce(advice.account_id, leakage_actions.account_id) = evidence.account_id
        and coalesce(advice.cause, leakage_actions.cause) = evidence.cause
)

select * from final
