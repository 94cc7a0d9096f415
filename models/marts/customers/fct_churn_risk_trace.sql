with alerts as (
    select * from {{ ref('int_customers__churn_alerts') }}
),

scoring_dates as (
    select * from {{ ref('int_customers__scoring_dates') }} where is_current
),

track_record as (
    select * from {{ ref('int_customers__track_record') }} where subject_kind = 'rule'
),

rule_records as (
    select * from {{ ref('int_customers__churn_rule_records') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        alerts.rule_id || '/' || alerts.account_id || '/' || cast(alerts.month as text) as finding_id,
        alerts.account_id,
        alerts.rule_id,
        alerts.signal,
        alerts.operator,
        alerts.owner,
        alerts.action,
        alerts.observed_value,
        alerts.threshold,
        cast(rule_records.weight as bigint) as weight,
        cast(rule_records.applied_weight as bigint) as applied_weight,
        rule_records.record_status,
        track_record.precision_rate,
        track_record.precision_rate / nullif(track_record.base_rate, 0) as lift,
        clock.as_of_date
    from alerts
    inner join scoring_dates on alerts.month = scoring_dates.month
    inner join rule_records on alerts.rule_id = rule_records.rule_id and alerts.month = rule_records.month
    inner join track_record on alerts.rule_id = track_record.subject_id
    cross join clock
)

select * from final
