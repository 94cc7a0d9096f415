with events as (
    select * from {{ ref('int_activity__events') }}
),

funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

funnel_steps as (
    select * from {{ ref('stg_reference__funnel_steps') }}
),

funnel_exclusions as (
    select * from {{ ref('stg_reference__funnel_exclusions') }}
),

event_names as (
    select distinct event_name from events
),

-- in any order, steps that ask for the same are next to each other
places as (
    select
        funnel_steps.*,
        funnels.order_rule,
        case
            when funnels.order_rule = 'any_order' then row_number() over (
                partition by funnel_steps.funnel_id
                order by
                    funnel_steps.event_name,
                    funnel_steps.property_name,
                    funnel_steps.property_value,
                    funnel_steps.step_number
            )
            else funnel_steps.step_number
        end as place
    from funnel_steps
    inner join funnels on funnel_steps.funnel_id = funnels.funnel_id
),

final as (
    select funnel_id, event_name, 'is_step' as role, place as step, property_name, property_value
    from places

    union all

    select
        places.funnel_id,
        exclusions.event_name,
        'breaks_step' as role,
        places.step_number as step,
        exclusions.property_name,
        exclusions.property_value
    from places
    inner join funnel_exclusions as exclusions
        on places.funnel_id = exclusions.funnel_id
        and places.step_number >= exclusions.after_step
        and places.step_number < exclusions.before_step
    where places.order_rule <> 'strict'

    union all

    -- in strict order any event breaks a chain
    select
        places.funnel_id,
        event_names.event_name,
        'breaks_step' as role,
        places.step_number as step,
        null as property_name,
        null as property_value
    from places
    cross join event_names
    where places.order_rule = 'strict'
)

select * from final
