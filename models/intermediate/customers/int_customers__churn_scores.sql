with scored_accounts as (
    select * from {{ ref('int_customers__scored_accounts') }}
),

alerts as (
    select * from {{ ref('int_customers__churn_alerts') }}
),

rule_records as (
    select * from {{ ref('int_customers__churn_rule_records') }}
),

bands as (
    select * from {{ ref('stg_reference__churn_bands') }}
),

ranked_alerts as (
    select
        alerts.account_id,
        alerts.month,
        alerts.rule_id,
        rule_records.applied_weight,
        row_number() over (
            partition by alerts.account_id, alerts.month
            order by rule_records.applied_weight desc, {{ text_order('alerts.rule_id') }}
        ) as alert_rank
    from alerts
    inner join rule_records on alerts.rule_id = rule_records.rule_id and alerts.month = rule_records.month
),

sums as (
    select
        account_id,
        month,
        sum(applied_weight) as risk_score,
        count(*) as fired_rules,
        max(case when alert_rank = 1 and applied_weight > 0 then rule_id end) as top_driver
    from ranked_alerts
    group by account_id, month
),

scored as (
    select
        scored_accounts.*,
        cast(coalesce(sums.risk_score, 0) as bigint) as risk_score,
        coalesce(sums.fired_rules, 0) as fired_rules,
        sums.top_driver
    from scored_accounts
    left join sums on scored_accounts.account_id = sums.account_id and scored_accounts.month = sums.month
),

final as (
    select
        scored.account_id,
        scored.month,
        bands.risk_band,
        scored.top_driver,
        scored.is_current,
        bands.is_at_risk,
        scored.has_churned,
        scored.mrr_cents,
        scored.risk_score,
        scored.fired_rules
    from scored
    inner join bands
        on scored.risk_score >= bands.from_score and (bands.to_score is null or scored.risk_score < bands.to_score)
)

select * from final
