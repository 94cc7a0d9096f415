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

lengths as (
    select funnel_id, count(*) as step_count
    from funnel_steps
    group by funnel_id
),

-- to drop who ran over an exclusion, one must know how far he came without minding it
runs as (
    select *, true as minds_exclusions from funnels where order_rule <> 'any_order'
    union all
    select *, false as minds_exclusions from funnels where order_rule <> 'any_order' and exclusion_policy = 'drop_unit'
),

{# A funnel of three steps is not to pay for eight: there is a way for each length, and most are empty. #}
{% for length in steps -%}
{%- set its_steps = range(1, length + 1) -%}
in_order_{{ length }} as (
    select
        funnel_events.funnel_id,
        runs.minds_exclusions,
        funnel_events.unit_id,
        funnel_events.user_id,
        funnel_events.position,
        runs.entry_policy,
        funnel_events.may_begin
        {%- for step in its_steps %},
        funnel_events.is_step_{{ step }}
        {%- endfor %}
        {%- for step in its_steps %},
        funnel_events.breaks_step_{{ step }} and (runs.minds_exclusions or runs.order_rule = 'strict') as breaks_step_{{ step }}
        {%- endfor %},
        runs.window_seconds * interval '1 second' as conversion_window,
        funnel_events.occurred_at
    from funnel_events
    inner join runs on funnel_events.funnel_id = runs.funnel_id
    inner join lengths on runs.funnel_id = lengths.funnel_id
    where lengths.step_count = {{ length }}
),

{# Each event that is step k learns the latest entry from which a chain leads to it. As entries never become earlier
   along the way, the latest is the last, and while it stands for the others nothing is lost. #}
chain_{{ length }}_1 as (
    select
        *,
        case
            when
                is_step_1 and may_begin
                and (
                    entry_policy = 'latest'
                    or max(case when is_step_1 and may_begin then 1 end) over so_far is null
                )
                then occurred_at
        end as entry_1_at
    from in_order_{{ length }}
    window so_far as (
        partition by funnel_id, minds_exclusions, unit_id
        order by position range between unbounded preceding and 1 preceding
    )
),

{% for step in its_steps[1:] -%}
{%- set before = step - 1 -%}
chain_{{ length }}_{{ step }} as (
    select
        *,
        case
            when
                is_step_{{ step }}
                -- odd: a chain came to the step before and has not been broken since
                and mod(max({{ funnel_mark(before) }}) over so_far, 2) = 1
                and occurred_at <= max(entry_{{ before }}_at) over so_far + conversion_window
                then max(entry_{{ before }}_at) over so_far
        end as entry_{{ step }}_at
    from chain_{{ length }}_{{ before }}
    window so_far as (
        partition by funnel_id, minds_exclusions, unit_id
        order by position range between unbounded preceding and 1 preceding
    )
),

{% endfor -%}
chosen_{{ length }} as (
    select
        *,
        -- the deepest chain, and of equally deep ones the first to get there
        coalesce(
            {%- for step in its_steps | reverse %}
            min(entry_{{ step }}_at) over of_unit{{ ',' if not loop.last }}
            {%- endfor %}
        ) as entered_at
    from chain_{{ length }}_{{ length }}
    window of_unit as (partition by funnel_id, minds_exclusions, unit_id)
),

{% endfor -%}
final as (
    {%- for length in steps %}
    select
        funnel_id,
        minds_exclusions,
        unit_id,
        min(user_id) as user_id
        {%- for step in steps %},
        {% if step <= length %}min(case when entry_{{ step }}_at = entered_at then occurred_at end){% else %}cast(null as timestamp){% endif %} as step_{{ step }}_at
        {%- endfor %},
        -- until when some chain, at whatever step, may go on
        greatest(
            {%- for step in range(1, length + 1) %}
            case
                when mod(max({{ funnel_mark(step) }}), 2) = 1 then max(entry_{{ step }}_at) + max(conversion_window)
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ) as open_until
    from chosen_{{ length }}
    where entered_at is not null
    group by funnel_id, minds_exclusions, unit_id
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select * from final
