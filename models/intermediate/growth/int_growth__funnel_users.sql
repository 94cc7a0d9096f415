{%- set steps = range(1, funnel_max_steps() + 1) -%}

with funnel_chains as (
    select * from {{ ref('int_growth__funnel_chains') }}
),

funnel_sets as (
    select * from {{ ref('int_growth__funnel_sets') }}
),

funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

funnel_steps as (
    select * from {{ ref('stg_reference__funnel_steps') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

lengths as (
    select funnel_id, count(*) as step_count
    from funnel_steps
    group by funnel_id
),

reached as (
    {%- for relation, minds_exclusions in [('funnel_chains', 'minds_exclusions'), ('funnel_sets', 'true as minds_exclusions')] %}
    select
        funnel_id,
        {{ minds_exclusions }},
        unit_id,
        user_id,
        {% for step in steps %}case when step_{{ step }}_at is null then 0 else 1 end{{ ' + ' if not loop.last }}{% endfor %} as deepest_step,
        open_until
        {%- for step in steps %},
        step_{{ step }}_at
        {%- endfor %}
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

compared as (
    select
        *,
        max(deepest_step) over (partition by funnel_id, unit_id) as deepest_step_of_all
    from reached
),

final as (
    select
        compared.funnel_id,
        compared.unit_id,
        compared.user_id,
        compared.deepest_step,
        compared.deepest_step < lengths.step_count
        and coalesce(compared.open_until >= {{ start_of_local_date(add_days('clock.as_of_date', 1)) }}, false) as is_open,
        compared.step_1_at + funnels.window_seconds * interval '1 second'
        < {{ start_of_local_date(add_days('clock.as_of_date', 1)) }} as is_window_closed,
        {{ local_date('compared.step_1_at') }} as entry_date
        {%- for step in steps %},
        compared.step_{{ step }}_at
        {%- endfor %}
    from compared
    inner join funnels on compared.funnel_id = funnels.funnel_id
    inner join lengths on compared.funnel_id = lengths.funnel_id
    cross join clock
    where
        compared.minds_exclusions
        -- a unit is dropped if only a chain with an excluded event goes as far
        and compared.deepest_step = compared.deepest_step_of_all
)

select * from final
