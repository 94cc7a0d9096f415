with funnel_exclusions as (
    select * from {{ ref('funnel_exclusions') }}
),

final as (
    select
        funnel_id,
        after_step,
        coalesce(before_step, after_step + 1) as before_step,
        event_name,
        property_name,
        property_value
    from funnel_exclusions
)

select * from final
