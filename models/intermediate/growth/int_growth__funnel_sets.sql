{%- set steps = range(1, funnel_max_steps() + 1) -%}

with funnel_events as (
    select * from {{ ref('int_growth__funnel_events') }}
),

funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

funnel_steps as (
    select * from {{ ref('stg_reference__funnel_steps') }}
),

runs as (
    select *, true as minds_exclusions from funnels where order_rule = 'any_order'
    union all
    select *, false as minds_exclusions from funnels where order_rule = 'any_order' and exclusion_policy = 'drop_unit'
),

backwards as (
    select
        funnel_events.funnel_id,
        runs.minds_exclusions,
        funnel_events.unit_id,
        funnel_events.user_id,
        funnel_events.position,
        runs.entry_policy,
        funnel_events.may_begin and ({% for step in steps %}is_step_{{ step }}{{ ' or ' if not loop.last }}{% endfor %}) as can_begin
        {%- for step in steps %},
        funnel_events.is_step_{{ step }}
        {%- endfor %},
        min(case when funnel_events.breaks_step_1 and runs.minds_exclusions then funnel_events.occurred_at end) over (
            partition by funnel_events.funnel_id, runs.minds_exclusions, funnel_events.unit_id
            order by funnel_events.position desc rows between unbounded preceding and 1 preceding
        ) as broken_at,
        runs.window_seconds * interval '1 second' as conversion_window,
        funnel_events.occurred_at
    from funnel_events
    inner join runs on funnel_events.funnel_id = runs.funnel_id
),

{# From each event on, when each step is first done. One that asks for the same as the step before it is done by the
   next such event after the one that does that step. #}
{% for step in steps -%}
{%- set repeated = 'case when is_step_' ~ (step - 1) ~ ' then after_' ~ (step - 1) ~ ' else occurred_at end' -%}
{%- set done = 'case when is_step_' ~ step ~ ' then ' ~ (repeated if step > 1 else 'occurred_at') ~ ' end' -%}
step_{{ step }} as (
    select
        *,
        min({{ done }}) over later as after_{{ step }},
        coalesce({{ done }}, min({{ done }}) over later) as done_{{ step }}_at
    from {{ 'step_' ~ (step - 1) if step > 1 else 'backwards' }}
    window later as (
        partition by funnel_id, minds_exclusions, unit_id
        order by position desc rows between unbounded preceding and 1 preceding
    )
),

{% endfor -%}
in_time as (
    select
        funnel_id,
        minds_exclusions,
        unit_id,
        user_id,
        position,
        entry_policy
        {%- for step in steps %},
        case
            when done_{{ step }}_at <= least(occurred_at + conversion_window, broken_at) then done_{{ step }}_at
        end as done_{{ step }}_at
        {%- endfor %},
        case when broken_at is null then occurred_at + conversion_window end as open_until,
        occurred_at
    from step_{{ funnel_max_steps() }}
    where can_begin
),

ranked as (
    select
        *,
        row_number() over (
            partition by funnel_id, minds_exclusions, unit_id
            order by
                case when entry_policy = 'first_touch' then position end,
                -- the deepest, of equally deep ones the first to get there, and the latest entry for it
                {% for step in steps %}case when done_{{ step }}_at is null then 0 else 1 end{{ ' + ' if not loop.last }}{% endfor %} desc,
                greatest({% for step in steps %}done_{{ step }}_at{{ ', ' if not loop.last }}{% endfor %}),
                occurred_at desc,
                position
        ) as choice,
        max(open_until) over (partition by funnel_id, minds_exclusions, unit_id) as last_open_until
    from in_time
),

chosen as (
    select * from ranked where choice = 1
),

-- in the order in which they were done
sorted as (
    select
        chosen.funnel_id,
        chosen.minds_exclusions,
        chosen.unit_id,
        chosen.user_id,
        case when chosen.entry_policy = 'first_touch' then chosen.open_until else chosen.last_open_until end as open_until,
        case funnel_steps.step_number
            {%- for step in steps %}
            when {{ step }} then chosen.done_{{ step }}_at
            {%- endfor %}
        end as done_at,
        row_number() over (
            partition by chosen.funnel_id, chosen.minds_exclusions, chosen.unit_id
            order by case funnel_steps.step_number
                {%- for step in steps %}
                when {{ step }} then chosen.done_{{ step }}_at
                {%- endfor %}
            end nulls last
        ) as step_number
    from chosen
    inner join funnel_steps on chosen.funnel_id = funnel_steps.funnel_id
),

final as (
    select
        funnel_id,
        minds_exclusions,
        unit_id,
        min(user_id) as user_id
        {%- for step in steps %},
        max(case when step_number = {{ step }} then done_at end) as step_{{ step }}_at
        {%- endfor %},
        max(open_until) as open_until
    from sorted
    group by funnel_id, minds_exclusions, unit_id
)

select * from final
