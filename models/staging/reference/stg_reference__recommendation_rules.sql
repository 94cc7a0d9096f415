{{ config(pre_hook="{{ check_rules('recommendation_rules', decision_signals()) }}") }}

with recommendation_rules as (
    select * from {{ ref('recommendation_rules') }}
),

final as (
    select
        rule_id,
        coalesce(name, rule_id) as name,
        coalesce(cause, rule_id) as cause,
        signal,
        operator,
        threshold,
        owner,
        action,
        description
    from recommendation_rules
)

select * from final
