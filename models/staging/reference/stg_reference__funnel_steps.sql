{{ config(pre_hook="{{ check_funnel_steps() }}") }}

with funnel_steps as (
    select * from {{ ref('funnel_steps') }}
),

final as (
    select
        funnel_id,
        step_number,
        coalesce(step_name, event_name) as step_name,
        event_name,
        property_name,
        property_value
    from funnel_steps
)

select * from final
