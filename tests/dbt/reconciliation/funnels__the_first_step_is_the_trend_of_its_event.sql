-- when a funnel requires no property and no dates and drops no unit, all users who ever did the event have entered it; in any
-- order, all users who did the event of any step
with first_steps as (
    select
        funnels.*,
        steps.event_name,
        steps.property_name
    from {{ ref('stg_reference__funnels') }} as funnels
    inner join {{ ref('stg_reference__funnel_steps') }} as steps
        on funnels.funnel_id = steps.funnel_id
        and (steps.step_number = 1 or funnels.order_rule = 'any_order')
),

plain as (
    select first_steps.funnel_id
    from first_steps
    left join {{ ref('stg_reference__funnel_exclusions') }} as exclusions on first_steps.funnel_id = exclusions.funnel_id
    group by first_steps.funnel_id
    having
        count(first_steps.property_name) = 0
        and count(first_steps.entry_from_date) = 0
        and count(first_steps.entry_to_date) = 0
        and (
            count(exclusions.funnel_id) = 0
            or max(first_steps.exclusion_policy) = 'stop'
            or max(first_steps.order_rule) <> 'ordered'
        )
),

begins as (
    select distinct first_steps.funnel_id, first_steps.unit, first_steps.event_name
    from first_steps
    inner join plain on first_steps.funnel_id = plain.funnel_id
),

trend as (
    select
        begins.funnel_id,
        count(distinct case begins.unit
            when 'account' then users.account_id
            when 'session' then sessions.session_id
            else users.user_id
        end) as users
    from begins
    inner join {{ ref('int_activity__events') }} as events on begins.event_name = events.event_name
    inner join {{ ref('int_activity__users') }} as users on events.user_id = users.user_id
    left join {{ ref('int_activity__session_events') }} as sessions
        on events.event_id = sessions.event_id and begins.unit = 'session'
    cross join {{ ref('stg_clock__as_of') }} as clock
    where users.is_counted and events.event_date <= clock.as_of_date
    group by begins.funnel_id
),

entered as (
    select funnel_id, users
    from {{ ref('fct_funnel_steps') }}
    where segment_name = 'all' and step_number = 1
)

select plain.funnel_id, trend.users as expected_users, entered.users as found_users
from plain
left join trend on plain.funnel_id = trend.funnel_id
left join entered on plain.funnel_id = entered.funnel_id
where coalesce(trend.users, 0) <> coalesce(entered.users, 0)
