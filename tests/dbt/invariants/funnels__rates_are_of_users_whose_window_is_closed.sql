-- divided by closed_users of the step before, and of the first step
with steps as (
    {%- for mart, entry_week in {'fct_funnel_steps': 'cast(null as date)', 'fct_funnel_steps_weekly': 'entry_week'}.items() %}
    select
        funnel_id,
        segment_name,
        segment_value,
        {{ entry_week }} as entry_week,
        step_number,
        closed_users,
        step_conversion_rate,
        overall_conversion_rate
    from {{ ref(mart) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compared as (
    select
        *,
        lag(closed_users) over in_order as closed_users_before,
        first_value(closed_users) over in_order as closed_users_first
    from steps
    window in_order as (partition by funnel_id, segment_name, segment_value, entry_week order by step_number)
)

select * from compared
where
    overall_conversion_rate is distinct from cast(closed_users as double precision) / nullif(closed_users_first, 0)
    or step_conversion_rate is distinct from
    cast(closed_users as double precision) / nullif(coalesce(closed_users_before, closed_users), 0)
