{{ config(pre_hook="{{ prefer_scanning() }}") }}

{%- set roles = {'is_step': 'does_steps', 'breaks_step': 'breaks_steps'} -%}
{%- set step_bit = '1 << cast(funnel_roles.step - 1 as integer)' -%}

with events as (
    select * from {{ ref('int_activity__events') }}
),

session_events as (
    select * from {{ ref('int_activity__session_events') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

-- it is read twice: materialized, it would be read by one worker
funnel_roles as not materialized (
    select * from {{ ref('int_growth__funnel_roles') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

asked as (
    select
        funnel_roles.funnel_id,
        funnels.unit,
        funnel_roles.event_name,
        funnels.tie_rule = 'strictly_later' and funnels.order_rule <> 'any_order' as shares_places,
        funnels.entry_from_date,
        funnels.entry_to_date
        {%- for role, steps in roles.items() %},
        bit_or(
            case when funnel_roles.role = '{{ role }}' and funnel_roles.property_name is null then {{ step_bit }} else 0 end
        ) as {{ steps }}
        {%- endfor %}
    from funnel_roles
    inner join funnels on funnel_roles.funnel_id = funnels.funnel_id
    group by
        funnel_roles.funnel_id,
        funnels.unit,
        funnel_roles.event_name,
        funnels.tie_rule,
        funnels.order_rule,
        funnels.entry_from_date,
        funnels.entry_to_date
),

-- roles that events have by a property; properties are long, so only funnels that ask for one read them
told as (
    select
        events.event_id,
        funnel_roles.funnel_id
        {%- for role, steps in roles.items() %},
        bit_or(case when funnel_roles.role = '{{ role }}' then {{ step_bit }} else 0 end) as {{ steps }}
        {%- endfor %}
    from events
    inner join funnel_roles on events.event_name = funnel_roles.event_name
    where
        funnel_roles.property_name is not null
        and {{ json_value('events.properties', 'funnel_roles.property_name') }} = funnel_roles.property_value
    group by events.event_id, funnel_roles.funnel_id
),

matched as (
    select
        session_events.event_id,
        asked.funnel_id,
        case asked.unit
            when 'account' then users.account_id
            when 'session' then session_events.session_id
            else session_events.user_id
        end as unit_id,
        case when asked.unit <> 'account' then session_events.user_id end as user_id,
        asked.shares_places,
        coalesce(session_events.event_date >= asked.entry_from_date, true)
        and coalesce(session_events.event_date <= asked.entry_to_date, true) as may_begin
        {%- for steps in roles.values() %},
        asked.{{ steps }} | coalesce(told.{{ steps }}, 0) as {{ steps }}
        {%- endfor %},
        session_events.occurred_at,
        session_events.sequence
    from session_events
    inner join users on session_events.user_id = users.user_id
    inner join asked on session_events.event_name = asked.event_name
    left join told on session_events.event_id = told.event_id and asked.funnel_id = told.funnel_id
    cross join clock
    where
        users.is_counted
        -- the allowed skew may reach into the next day
        and session_events.event_date <= clock.as_of_date
),

final as (
    select
        event_id,
        funnel_id,
        unit_id,
        user_id,
        -- simultaneous events share a place, or are ordered as the steps are, by the first and then the last step that
        -- they can do
        rank() over (
            partition by unit_id, funnel_id
            order by
                occurred_at,
                case when shares_places then 0 else nullif(does_steps & -does_steps, 0) end nulls last,
                case when not shares_places then does_steps end,
                {{ id_order('case when not shares_places then event_id end', 'case when not shares_places then sequence end') }}
        ) as position,
        may_begin,
        does_steps,
        breaks_steps,
        occurred_at
    from matched
    where does_steps > 0 or breaks_steps > 0
)

select * from final
