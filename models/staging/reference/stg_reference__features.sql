with features as (
    select * from {{ ref('features') }}
),

plan_features as (
    select * from {{ ref('plan_features') }}
),

plans as (
    select * from {{ ref('plans') }}
),

-- a plan without a price needs no subscription, so its features need none either
plan_lists as (
    select
        plan_features.feature_id,
        bool_or(plans.list_price_monthly_cents = 0 and plans.list_price_yearly_cents = 0) as is_in_free_plan
    from plan_features
    inner join plans on plan_features.plan_id = plans.plan_id
    group by plan_features.feature_id
),

final as (
    select
        features.feature_id,
        coalesce(features.name, features.feature_id) as name,
        features.owner,
        features.description,
        plan_lists.feature_id is null or coalesce(plan_lists.is_in_free_plan, false) as is_for_everybody,
        features.launched_date
    from features
    left join plan_lists on features.feature_id = plan_lists.feature_id
)

select * from final
