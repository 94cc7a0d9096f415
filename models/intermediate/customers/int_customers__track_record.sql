with scores as (
    select * from {{ ref('int_customers__churn_scores') }} where has_churned is not null
),

alerts as (
    select * from {{ ref('int_customers__churn_alerts') }}
),

rules as (
    select * from {{ ref('stg_reference__churn_rules') }}
),

recommendation_alerts as (
    select * from {{ ref('int_decisions__recommendation_alerts') }}
),

recommendation_rules as (
    select * from {{ ref('stg_reference__recommendation_rules') }}
),

bands as (
    select * from {{ ref('stg_reference__churn_bands') }}
),

warnings as (
    select alerts.account_id, alerts.month, 'rule' as subject_kind, alerts.rule_id as subject_id
    from alerts

    union all

    select account_id, month, 'recommendation' as subject_kind, rule_id as subject_id
    from recommendation_alerts

    union all

    select account_id, month, 'band' as subject_kind, risk_band as subject_id
    from scores

    union all

    select scores.account_id, scores.month, 'score' as subject_kind, bands.risk_band as subject_id
    from scores
    inner join bands on scores.risk_score >= bands.from_score
),

subjects as (
    select 'rule' as subject_kind, rule_id as subject_id from rules
    union all
    select 'recommendation' as subject_kind, rule_id as subject_id from recommendation_rules
    union all
    select 'band' as subject_kind, risk_band as subject_id from bands
    union all
    select 'score' as subject_kind, risk_band as subject_id from bands
),

warned as (
    select
        warnings.subject_kind,
        warnings.subject_id,
        count(*) as warned_accounts,
        count(*) filter (where scores.has_churned) as caught_accounts,
        sum(case when scores.has_churned then scores.mrr_cents else 0 end) as caught_mrr_cents
    from warnings
    inner join scores on warnings.account_id = scores.account_id and warnings.month = scores.month
    group by warnings.subject_kind, warnings.subject_id
),

totals as (
    select
        count(distinct month) as scored_months,
        count(*) as scored_accounts,
        count(*) filter (where has_churned) as churned_accounts
    from scores
),

final as (
    select
        subjects.subject_kind,
        subjects.subject_id,
        totals.scored_months,
        totals.scored_accounts,
        totals.churned_accounts,
        coalesce(warned.warned_accounts, 0) as warned_accounts,
        coalesce(warned.caught_accounts, 0) as caught_accounts,
        cast(coalesce(warned.caught_mrr_cents, 0) as bigint) as caught_mrr_cents,
        cast(warned.caught_accounts as double precision) / warned.warned_accounts as precision_rate,
        cast(coalesce(warned.caught_accounts, 0) as double precision) / nullif(totals.churned_accounts, 0) as recall_rate,
        cast(totals.churned_accounts as double precision) / nullif(totals.scored_accounts, 0) as base_rate
    from subjects
    cross join totals
    left join warned on subjects.subject_kind = warned.subject_kind and subjects.subject_id = warned.subject_id
)

select * from final
