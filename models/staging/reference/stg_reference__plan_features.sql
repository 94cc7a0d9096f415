with plan_features as (
    select * from {{ ref('plan_features') }}
),

final as (
    select
        plan_id,
        feature_id
    from plan_features
)

select * from final
