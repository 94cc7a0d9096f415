{{ config(pre_hook="{{ prefer_scanning() }}") }}

{%- set steps = range(1, funnel_max_steps() + 1) -%}
{%- set roles = ['is_step', 'breaks_step'] -%}

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

-- read twice: kept aside it would be read by one worker
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
        {%- for role in roles %}
        {%- for step in steps %},
        {%- set is_it = "funnel_roles.role = '" ~ role ~ "' and funnel_roles.step = " ~ step %}
        bool_or({{ is_it }}) as {{ role }}_{{ step }},
        max(case when {{ is_it }} then funnel_roles.property_name end) as {{ role }}_{{ step }}_property,
        max(case when {{ is_it }} then funnel_roles.property_value end) as {{ role }}_{{ step }}_value
        {%- endfor %}
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

-- properties are long: who does not ask for them does not carry them
told as (
    select events.event_id, events.properties
    from events
    where exists (
        select 1
        from funnel_roles
        where funnel_roles.event_name = events.event_name and funnel_roles.property_name is not null
    )
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
        {%- for role in roles %}
        {%- for step in steps %}
        {%- set name = 'asked.' ~ role ~ '_' ~ step %},
        -- a case, because an engine may read the properties for both sides of an or
        case
            when {{ name }}_property is null then {{ name }}
            else coalesce({{ json_value('told.properties', name ~ '_property') }} = {{ name }}_value, false)
        end as {{ role }}_{{ step }}
        {%- endfor %}
        {%- endfor %},
        session_events.occurred_at,
        session_events.sequence
    from session_events
    inner join users on session_events.user_id = users.user_id
    inner join asked on session_events.event_name = asked.event_name
    left join told on session_events.event_id = told.event_id
    cross join clock
    where
        users.is_counted
        -- the allowed skew may reach into the day after
        and session_events.event_date <= clock.as_of_date
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
                {{ id_order('case when not shares_places then event_id end', 'case when not shares_places then sequence end') }}
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
