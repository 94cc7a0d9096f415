-- in any order, no event may fit two different steps, nor be both a step and excluded
with asked as (
    select steps.funnel_id, steps.step_number, steps.event_name, steps.property_name, steps.property_value
    from {{ ref('stg_reference__funnel_steps') }} as steps
    inner join {{ ref('stg_reference__funnels') }} as funnels
        on steps.funnel_id = funnels.funnel_id and funnels.order_rule = 'any_order'
),

unlike as (
    select asked.funnel_id, asked.event_name, asked.step_number, others.step_number as other_step_number
    from asked
    inner join asked as others
        on asked.funnel_id = others.funnel_id
        and asked.event_name = others.event_name
        and asked.step_number < others.step_number
        -- an event cannot have two values of one property at once
        and asked.property_name is distinct from others.property_name
)

select * from unlike
union all
select asked.funnel_id, asked.event_name, asked.step_number, null as other_step_number
from asked
inner join {{ ref('stg_reference__funnel_exclusions') }} as exclusions
    on asked.funnel_id = exclusions.funnel_id and asked.event_name = exclusions.event_name
