with signals as (
    select * from {{ ref('int_decisions__signals') }}
),

rules as (
    select * from {{ ref('stg_reference__recommendation_rules') }}
),

scores as (
    select * from {{ ref('int_customers__churn_scores') }}
),

fired as (
    select
        signals.account_id,
        signals.month,
        rules.rule_id,
        signals.value as observed_value,
        lag(signals.month) over (partition by signals.account_id, rules.rule_id order by signals.month) as previous_month
    from signals
    inner join rules on signals.signal = rules.signal
    where {{ rule_fires('signals.value', 'rules') }}
),

-- an episode begins where the month before had none
begun as (
    select
        fired.*,
        max(case when previous_month is null or {{ add_months('previous_month', 1) }} < month then month end) over (
            partition by account_id, rule_id order by month rows between unbounded preceding and current row
        ) as episode_month
    from fired
),

final as (
    select
        begun.rule_id || '/' || begun.account_id || '/' || cast(begun.episode_month as text) as recommendation_id,
        begun.rule_id,
        begun.account_id,
        begun.episode_month,
        begun.month,
        scores.is_current,
        scores.has_churned,
        begun.observed_value,
        scores.mrr_cents
    from begun
    inner join scores on begun.account_id = scores.account_id and begun.month = scores.month
)

select * from final
