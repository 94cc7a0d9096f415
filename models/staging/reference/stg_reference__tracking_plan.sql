with tracking_plan as (
    select * from {{ ref('tracking_plan') }}
),

final as (
    select
        event_name,
        feature_id,
        owner,
        description,
        coalesce(is_activity, true) as is_activity,
        coalesce(is_value_moment, false) as is_value_moment
    from tracking_plan
)

select * from final
