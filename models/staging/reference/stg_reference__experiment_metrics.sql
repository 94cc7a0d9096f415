with experiment_metrics as (
    select * from {{ ref('experiment_metrics') }}
),

final as (
    select
        experiment_id,
        metric_id,
        kind,
        event_name,
        property_name,
        denominator_event_name,
        denominator_property_name,
        coalesce(role, 'secondary') as role,
        coalesce(direction, 'increase') as direction,
        coalesce(is_cuped, false) as is_cuped,
        minimum_effect,
        coalesce(window_days, 14) as window_days
    from experiment_metrics
)

select * from final
