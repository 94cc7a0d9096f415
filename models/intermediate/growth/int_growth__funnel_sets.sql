{%- set steps = range(1, funnel_max_steps() + 1) -%}

-- not materialized, so that each branch reads only what it needs
with funnel_events as not materialized (
    select * from {{ ref('int_growth__funnel_events') }}
),

funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

funnel_steps as (
    select * from {{ ref('stg_reference__funnel_steps') }}
),

lengths as (
    select funnel_id, count(*) as step_count
    from funnel_steps
    group by funnel_id
),

runs as (
    select funnels.*, lengths.step_count
    from funnels
    inner join lengths on funnels.funnel_id = lengths.funnel_id
    where funnels.order_rule = 'any_order'
),

{% for length in funnel_lengths() -%}
{%- set its_steps = range(1, length + 1) -%}
backwards_{{ length }} as (
    select
        funnel_events.funnel_id,
        funnel_events.unit_id,
        funnel_events.user_id,
        funnel_events.position,
        funnel_events.may_begin and funnel_events.does_steps > 0 as can_begin,
        funnel_events.does_steps,
        min(case when funnel_events.breaks_steps > 0 then funnel_events.occurred_at end) over (
            partition by funnel_events.funnel_id, funnel_events.unit_id
            order by funnel_events.position desc rows between unbounded preceding and 1 preceding
        ) as broken_at,
        funnel_events.occurred_at
    from funnel_events
    inner join runs on funnel_events.funnel_id = runs.funnel_id
    where runs.step_count between {{ loop.previtem | default(0) + 1 }} and {{ length }}
),

{# For each event, when each step is first done from then on. A step that asks for the same as the step before it is
   done by the next such event after the one that does that step. #}
{% for step in its_steps -%}
{%- set repeated = 'case when ' ~ has_step('does_steps', step - 1) ~ ' then after_' ~ (step - 1) ~ ' else occurred_at end' if step > 1 -%}
{%- set done = 'case when ' ~ has_step('does_steps', step) ~ ' then ' ~ (repeated if step > 1 else 'occurred_at') ~ ' end' -%}
step_{{ length }}_{{ step }} as (
    select
        *,
        min({{ done }}) over later as after_{{ step }},
        coalesce({{ done }}, min({{ done }}) over later) as done_{{ step }}_at
    from {{ 'step_' ~ length ~ '_' ~ (step - 1) if step > 1 else 'backwards_' ~ length }}
    window later as (
        partition by funnel_id, unit_id
        order by position desc rows between unbounded preceding and 1 preceding
    )
),

{% endfor -%}
{% endfor -%}
entries as (
    {%- for length in funnel_lengths() %}
    select
        funnel_id,
        unit_id,
        user_id,
        position,
        broken_at,
        occurred_at
        {%- for step in steps %},
        {{ 'done_' ~ step ~ '_at' if step <= length else 'cast(null as timestamp) as done_' ~ step ~ '_at' }}
        {%- endfor %}
    from step_{{ length }}_{{ length }}
    where can_begin
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

in_time as (
    select
        entries.funnel_id,
        entries.unit_id,
        entries.user_id,
        entries.position,
        runs.entry_policy,
        runs.exclusion_policy = 'drop_unit' as drops,
        runs.step_count,
        entries.occurred_at,
        entries.occurred_at + runs.window_seconds * interval '1 second' as closes_at,
        entries.broken_at
        {%- for step in steps %},
        case
            when
                entries.done_{{ step }}_at <= entries.occurred_at + runs.window_seconds * interval '1 second'
                -- drop_unit keeps only the first step of a unit with an excluded event, so it must know how far the unit came
                and (runs.exclusion_policy = 'drop_unit' or coalesce(entries.done_{{ step }}_at <= entries.broken_at, true))
                then entries.done_{{ step }}_at
        end as done_{{ step }}_at
        {%- endfor %}
    from entries
    inner join runs on entries.funnel_id = runs.funnel_id
),

reached as (
    select
        *,
        {% for step in steps %}case when done_{{ step }}_at is null then 0 else 1 end{{ ' + ' if not loop.last }}{% endfor %} as deepest_step,
        greatest({% for step in steps %}done_{{ step }}_at{{ ', ' if not loop.last }}{% endfor %}) as deepest_at
    from in_time
),

assessed as (
    select
        *,
        drops
        and coalesce(broken_at <= closes_at, false)
        and (deepest_step < step_count or broken_at < deepest_at) as loses_steps,
        case when broken_at is null then closes_at end as open_until
    from reached
),

ranked as (
    select
        *,
        row_number() over (
            partition by funnel_id, unit_id
            order by
                case when entry_policy = 'first_touch' then position end asc,
                -- the deepest, of equally deep ones a clean one, then the first to get there, then the latest entry
                deepest_step desc,
                loses_steps asc,
                deepest_at asc,
                occurred_at desc,
                position asc
        ) as choice,
        max(open_until) over (partition by funnel_id, unit_id) as last_open_until
    from assessed
),

chosen as (
    select * from ranked where choice = 1
),

-- steps in the order in which they were done
sorted as (
    select
        chosen.funnel_id,
        chosen.unit_id,
        chosen.user_id,
        chosen.loses_steps,
        case when chosen.entry_policy = 'first_touch' then chosen.open_until else chosen.last_open_until end as open_until,
        case funnel_steps.step_number
            {%- for step in steps %}
            when {{ step }} then chosen.done_{{ step }}_at
            {%- endfor %}
        end as done_at,
        row_number() over (
            partition by chosen.funnel_id, chosen.unit_id
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
        unit_id,
        min(user_id) as user_id
        {%- for step in steps %},
        max(case when step_number = {{ step }}{{ ' and not loses_steps' if step > 1 }} then done_at end) as step_{{ step }}_at
        {%- endfor %},
        max(open_until) as open_until
    from sorted
    group by funnel_id, unit_id
)

select * from final
