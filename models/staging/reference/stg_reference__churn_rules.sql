{{ config(pre_hook="{{ check_rules('churn_rules', churn_signals()) }}") }}

with churn_rules as (
    select * from {{ ref('churn_rules') }}
),

final as (
    select
        rule_id,
        coalesce(name, rule_id) as name,
        signal,
        operator,
        threshold,
        weight,
        owner,
        action,
        description
    from churn_rules
)

select * from final
