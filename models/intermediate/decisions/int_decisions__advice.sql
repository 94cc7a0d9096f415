with alerts as (
    select * from {{ ref('int_decisions__recommendation_alerts') }}
),

records as (
    select * from {{ ref('int_decisions__recommendation_rule_records') }}
),

-- a rule that is no better than chance recommends nothing
given as (
    select
        alerts.*,
        records.record_status,
        case when records.record_status = 'proven' then records.precision_rate end as confidence
    from alerts
    inner join records on alerts.rule_id = records.rule_id and alerts.month = records.month
    where records.record_status <> 'no_better'
),

-- if several rules of a cause warn, the one that is right most often is used
ranked as (
    select
        *,
        row_number() over (
            partition by account_id, cause, month order by coalesce(confidence, -1) desc, {{ text_order('rule_id') }}
        ) as rule_rank
    from given
),

speaking as (
    select
        *,
        lag(month) over (partition by account_id, cause order by month) as previous_month
    from ranked
    where rule_rank = 1
),

-- an episode begins in a month after one without a warning
begun as (
    select
        *,
        max(case when previous_month is null or {{ add_months('previous_month', 1) }} < month then month end) over (
            partition by account_id, cause order by month rows between unbounded preceding and current row
        ) as episode_month
    from speaking
),

final as (
    select
        cause || '/' || account_id || '/' || cast(episode_month as text) as recommendation_id,
        account_id,
        cause,
        rule_id,
        record_status,
        episode_month,
        month,
        is_current,
        confidence,
        observed_value,
        mrr_cents
    from begun
)

select * from final
