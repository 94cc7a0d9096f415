with signals as (
    select * from {{ ref('int_decisions__recommendation_signals') }}
),

rules as (
    select * from {{ ref('stg_reference__recommendation_rules') }}
),

scored_accounts as (
    select * from {{ ref('int_customers__scored_accounts') }}
),

final as (
    select
        rules.rule_id,
        rules.cause,
        signals.account_id,
        signals.month,
        scored_accounts.is_current,
        scored_accounts.has_churned,
        signals.signal_value as observed_value,
        scored_accounts.mrr_cents
    from signals
    inner join rules on signals.signal = rules.signal
    inner join scored_accounts on signals.account_id = scored_accounts.account_id and signals.month = scored_accounts.month
    where {{ rule_fires('signals.signal_value', 'rules') }}
)

select * from final
