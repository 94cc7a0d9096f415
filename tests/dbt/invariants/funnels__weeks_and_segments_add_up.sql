-- each unit is in one week and in one value of each segment, so these add up to the units of fct_funnel_users
with units as (
    select
        funnel_users.funnel_id,
        steps.step_number,
        count(*) as users,
        count(*) filter (where funnel_users.is_open) as open_users,
        count(*) filter (where funnel_users.is_window_closed) as closed_users
    from {{ ref('fct_funnel_users') }} as funnel_users
    inner join {{ ref('stg_reference__funnel_steps') }} as steps
        on funnel_users.funnel_id = steps.funnel_id and funnel_users.deepest_step >= steps.step_number
    group by funnel_users.funnel_id, steps.step_number
),

sums as (
    {%- for mart in ['fct_funnel_steps', 'fct_funnel_steps_weekly'] %}
    select
        '{{ mart }}' as mart,
        funnel_id,
        step_number,
        segment_name,
        sum(users) as users,
        sum(open_users) as open_users,
        sum(closed_users) as closed_users
    from {{ ref(mart) }}
    group by funnel_id, step_number, segment_name
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    sums.*,
    units.users as users_listed
from sums
left join units on sums.funnel_id = units.funnel_id and sums.step_number = units.step_number
where
    sums.users <> coalesce(units.users, 0)
    or sums.open_users <> coalesce(units.open_users, 0)
    or sums.closed_users <> coalesce(units.closed_users, 0)
