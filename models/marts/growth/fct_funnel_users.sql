with funnel_users as (
    select * from {{ ref('int_growth__funnel_users') }}
),

final as (
    select
        funnel_id,
        unit_id,
        user_id,
        is_open,
        is_window_closed,
        cast(deepest_step as integer) as deepest_step,
        step_1_at as entered_at
        {%- for step in range(1, funnel_listed_steps() + 1) %},
        step_{{ step }}_at
        {%- endfor %}
    from funnel_users
)

select * from final
