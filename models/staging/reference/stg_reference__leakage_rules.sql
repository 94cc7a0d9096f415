{{ config(pre_hook="{{ check_rules('leakage_rules') }}") }}

with leakage_rules as (
    select * from {{ ref('leakage_rules') }}
),

final as (
    select
        rule_id,
        coalesce(name, rule_id) as name,
        coalesce(cause, rule_id) as cause,
        owner,
        action,
        description,
        priority,
        coalesce(days, 0) as days
    from leakage_rules
)

select * from final
