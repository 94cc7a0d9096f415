with signals as (
    select * from {{ ref('int_customers__churn_signals') }}
),

rules as (
    select * from {{ ref('stg_reference__churn_rules') }}
),

final as (
    select
        signals.account_id,
        signals.month,
        rules.rule_id,
        signals.signal,
        rules.operator,
        rules.owner,
        rules.action,
        signals.signal_value as observed_value,
        rules.threshold
    from signals
    inner join rules on signals.signal = rules.signal
    where {{ rule_fires('signals.signal_value', 'rules') }}
)

select * from final
