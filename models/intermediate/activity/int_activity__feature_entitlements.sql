with states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

plan_features as (
    select * from {{ ref('stg_reference__plan_features') }}
),

features as (
    select * from {{ ref('stg_reference__features') }}
),

final as (
    select distinct
        states.account_id,
        plan_features.feature_id,
        states.valid_from,
        least(states.valid_to, states.subscription_end_date) as valid_to
    from states
    inner join plan_features on states.plan_id = plan_features.plan_id
    inner join features on plan_features.feature_id = features.feature_id
    where
        not features.is_for_everybody
        -- a trial or a late payment locks out no user, whether or not it counts as revenue
        and states.status in ('trialing', 'active', 'past_due')
        and (states.subscription_end_date is null or states.valid_from < states.subscription_end_date)
)

select * from final
