with alerts as (
    select * from {{ ref('int_decisions__alerts') }}
),

rules as (
    select * from {{ ref('stg_reference__recommendation_rules') }}
),

churn_alerts as (
    select * from {{ ref('int_customers__alerts') }}
),

signals as (
    select * from {{ ref('int_customers__signals') }}
),

leakage_actions as (
    select * from {{ ref('int_decisions__leakage_actions') }}
),

track_record as (
    select
        rule_id,
        cast(count(*) filter (where has_churned) as double precision) / nullif(count(has_churned), 0) as confidence
    from alerts
    group by rule_id
),

-- a score rests on the churn rules behind it, another signal on itself
findings as (
    select
        account_id,
        month,
        'risk_score' as signal,
        rule_id || '/' || account_id || '/' || cast(month as text) as finding_id
    from churn_alerts

    union all

    select
        account_id,
        month,
        signal,
        signal || '/' || account_id || '/' || cast(month as text) as finding_id
    from signals
),

evidence as (
    select
        alerts.recommendation_id,
        string_agg(findings.finding_id, ', ' order by {{ text_order('findings.finding_id') }}) as evidence
    from alerts
    inner join rules on alerts.rule_id = rules.rule_id
    inner join findings
        on alerts.account_id = findings.account_id
        and alerts.month = findings.month
        and rules.signal = findings.signal
    where alerts.is_current
    group by alerts.recommendation_id
),

retention_actions as (
    select
        alerts.recommendation_id,
        alerts.account_id,
        alerts.rule_id,
        rules.action,
        rules.owner,
        rules.signal,
        rules.operator,
        evidence.evidence,
        12 * alerts.mrr_cents as impact_cents,
        track_record.confidence,
        alerts.observed_value,
        rules.threshold,
        alerts.episode_month as since_month
    from alerts
    inner join rules on alerts.rule_id = rules.rule_id
    inner join track_record on alerts.rule_id = track_record.rule_id
    inner join evidence on alerts.recommendation_id = evidence.recommendation_id
    where alerts.is_current
),

final as (
    select * from retention_actions
    union all
    select * from leakage_actions
)

select * from final
