{%- set steps = range(1, funnel_max_steps() + 1) -%}
{%- set roles = ['is_step', 'breaks_step'] -%}

with events as (
    select * from {{ ref('int_activity__events') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

event_sessions as (
    select * from {{ ref('int_growth__event_sessions') }}
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

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- not from the CTE above, which would be kept aside as a whole if it were read twice
event_names as (
    select distinct event_name from {{ ref('int_activity__events') }}
),

-- where the order is free, steps that ask for the same stand side by side
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

-- what an event may be to a funnel: a step, or what breaks chains that stand at a step
roles as (
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

    -- in strict order any event breaks
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
),

asked as (
    select
        roles.funnel_id,
        funnels.unit,
        roles.event_name,
        funnels.tie_rule = 'strictly_later' and funnels.order_rule <> 'any_order' as shares_places,
        funnels.entry_from_date,
        funnels.entry_to_date
        {%- for role in roles %}
        {%- for step in steps %},
        {%- set is_it = "roles.role = '" ~ role ~ "' and roles.step = " ~ step %}
        bool_or({{ is_it }}) as {{ role }}_{{ step }},
        max(case when {{ is_it }} then roles.property_name end) as {{ role }}_{{ step }}_property,
        max(case when {{ is_it }} then roles.property_value end) as {{ role }}_{{ step }}_value
        {%- endfor %}
        {%- endfor %}
    from roles
    inner join funnels on roles.funnel_id = funnels.funnel_id
    group by
        roles.funnel_id,
        funnels.unit,
        roles.event_name,
        funnels.tie_rule,
        funnels.order_rule,
        funnels.entry_from_date,
        funnels.entry_to_date
),

matched as (
    select
        events.event_id,
        asked.funnel_id,
        case asked.unit
            when 'account' then users.account_id
            when 'session' then event_sessions.session_id
            else events.user_id
        end as unit_id,
        case when asked.unit <> 'account' then events.user_id end as user_id,
        asked.shares_places,
        coalesce(events.event_date >= asked.entry_from_date, true)
        and coalesce(events.event_date <= asked.entry_to_date, true) as may_begin
        {%- for role in roles %}
        {%- for step in steps %}
        {%- set name = 'asked.' ~ role ~ '_' ~ step %},
        -- a case, because an engine may read the properties for both sides of an or
        case
            when {{ name }}_property is null then {{ name }}
            else coalesce({{ json_value('events.properties', name ~ '_property') }} = {{ name }}_value, false)
        end as {{ role }}_{{ step }}
        {%- endfor %}
        {%- endfor %},
        events.occurred_at
    from events
    inner join users on events.user_id = users.user_id
    inner join asked on events.event_name = asked.event_name
    left join event_sessions on asked.unit = 'session' and events.event_id = event_sessions.event_id
    cross join clock
    where
        users.is_counted
        -- the allowed skew may reach into the day after
        and events.event_date <= clock.as_of_date
),

final as (
    select
        event_id,
        funnel_id,
        unit_id,
        user_id,
        -- simultaneous events share a place, or stand as the steps do
        rank() over (
            partition by unit_id, funnel_id
            order by
                occurred_at,
                {%- for ordered in [steps, steps | reverse] %}
                case
                    when shares_places then 0
                    {% for step in ordered %}when is_step_{{ step }} then {{ step }} {% endfor %}
                    else {{ funnel_max_steps() + 1 }}
                end,
                {%- endfor %}
                case when not shares_places then {{ text_order('event_id') }} end
        ) as position,
        may_begin
        {%- for role in roles %}
        {%- for step in steps %},
        {{ role }}_{{ step }}
        {%- endfor %}
        {%- endfor %},
        occurred_at
    from matched
    where {% for role in roles %}{% for step in steps %}{{ role }}_{{ step }}{{ ' or ' if not loop.last }}{% endfor %}{{ ' or ' if not loop.last }}{% endfor %}
)

select * from final
