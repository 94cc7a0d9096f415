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

-- drop_unit must know how far units come if exclusions are ignored; in strict order they have no effect, as every event breaks
readings as (
    select
        *,
        true as minds_exclusions,
        order_rule = 'ordered' and exclusion_policy = 'drop_unit' as drops
    from funnels
    where order_rule <> 'any_order'
    union all
    select
        *,
        false as minds_exclusions,
        false as drops
    from funnels
    where order_rule = 'ordered' and exclusion_policy = 'drop_unit'
),

runs as (
    select
        readings.*,
        lengths.step_count,
        -- numbers are sorted faster than names
        cast(row_number() over (order by readings.funnel_id, readings.drops) as integer) as run_number
    from readings
    inner join lengths on readings.funnel_id = lengths.funnel_id
),

{% for length in funnel_lengths() -%}
{%- set its_steps = range(1, length + 1) -%}
in_order_{{ length }} as (
    select
        runs.drops,
        runs.run_number,
        funnel_events.unit_id,
        funnel_events.user_id,
        funnel_events.position,
        runs.entry_policy = 'first_touch' as begins_once,
        funnel_events.may_begin,
        funnel_events.does_steps,
        case when runs.minds_exclusions then funnel_events.breaks_steps else 0 end as breaks_steps,
        runs.window_seconds * interval '1 second' as conversion_window,
        funnel_events.occurred_at
    from funnel_events
    inner join runs on funnel_events.funnel_id = runs.funnel_id
    where runs.step_count between {{ loop.previtem | default(0) + 1 }} and {{ length }}
),

-- Each event that is step k learns the latest entry from which a chain leads to it. Later events never have an earlier entry, so
-- the latest entry can stand for all others without loss.
chain_{{ length }}_1 as {{ 'not materialized ' if length == 1 }}(
    select
        *,
        case
            when
                {{ has_step('does_steps', 1) }} and may_begin
                and (
                    not begins_once
                    or max(case when {{ has_step('does_steps', 1) }} and may_begin then 1 end) over so_far is null
                )
                then occurred_at
        end as entry_1_at
    from in_order_{{ length }}
    window so_far as (
        partition by drops, run_number, unit_id
        order by position range between unbounded preceding and 1 preceding
    )
),

{% for step in its_steps[1:] -%}
{%- set before = step - 1 -%}
chain_{{ length }}_{{ step }} as {{ 'not materialized ' if step == length }}(
    select
        *,
        case
            when
                {{ has_step('does_steps', step) }}
                -- odd: a chain reached the step before and has not been broken since
                and mod(max({{ funnel_mark(before) }}) over so_far, 2) = 1
                and occurred_at <= max(entry_{{ before }}_at) over so_far + conversion_window
                then max(entry_{{ before }}_at) over so_far
        end as entry_{{ step }}_at
    from chain_{{ length }}_{{ before }}
    window so_far as (
        partition by drops, run_number, unit_id
        order by position range between unbounded preceding and 1 preceding
    )
),

{% endfor -%}
chosen_{{ length }} as (
    select
        *,
        -- the deepest chain; of equally deep ones the first to get there
        coalesce(
            {%- for step in its_steps | reverse %}
            min(entry_{{ step }}_at) over of_unit{{ ',' if not loop.last }}
            {%- endfor %}
        ) as entered_at
    from chain_{{ length }}_{{ length }}
    where not drops
    window of_unit as (partition by drops, run_number, unit_id)
),

deepest_{{ length }} as (
    select
        *,
        coalesce(
            {%- for step in its_steps | reverse %}
            max(case when entry_{{ step }}_at is not null then {{ step }} end) over of_unit{{ ',' if not loop.last }}
            {%- endfor %}
        ) as deepest_step
    from chain_{{ length }}_{{ length }}
    where drops
    window of_unit as (partition by drops, run_number, unit_id)
),

ended_{{ length }} as (
    select
        *,
        case deepest_step{% for step in its_steps %} when {{ step }} then entry_{{ step }}_at{% endfor %} end as deepest_entry_at,
        min(case when (breaks_steps & (1 << (deepest_step - 1))) > 0 then occurred_at end) over (
            partition by drops, run_number, unit_id
            order by position desc range between unbounded preceding and 1 preceding
        ) as broken_at
    from deepest_{{ length }}
),

clean_{{ length }} as (
    select
        *,
        -- of the deepest chains the first that is not followed by an excluded event within its window
        min(case when coalesce(broken_at > deepest_entry_at + conversion_window, true) then deepest_entry_at end) over (
            partition by drops, run_number, unit_id
        ) as entered_at
    from ended_{{ length }}
),

{% endfor -%}
reached as (
    {%- for length in funnel_lengths() %}
    {%- set last_length = loop.last %}
    {%- for chains in ['chosen', 'clean'] %}
    select
        run_number,
        unit_id,
        min(user_id) as user_id
        {%- for step in steps %},
        {% if step <= length %}min(case when entry_{{ step }}_at = entered_at then occurred_at end){% else %}cast(null as timestamp){% endif %} as step_{{ step }}_at
        {%- endfor %},
        -- until when any chain, at any step, may go on
        greatest(
            {%- for step in range(1, length + 1) %}
            case
                when mod(max({{ funnel_mark(step) }}), 2) = 1 then max(entry_{{ step }}_at) + max(conversion_window)
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ) as open_until
    from {{ chains }}_{{ length }}
    where entered_at is not null
    group by run_number, unit_id
    {% if not (last_length and loop.last) %}union all{% endif %}
    {%- endfor %}
    {%- endfor %}
),

final as (
    select
        runs.funnel_id,
        runs.minds_exclusions,
        reached.unit_id,
        reached.user_id
        {%- for step in steps %},
        reached.step_{{ step }}_at
        {%- endfor %},
        reached.open_until
    from reached
    inner join runs on reached.run_number = runs.run_number
)

select * from final
