{%- for mart in ['fct_funnel_steps', 'fct_funnel_steps_weekly'] %}
select
    '{{ mart }}' as mart,
    funnel_id,
    segment_name,
    segment_value,
    step_number
from {{ ref(mart) }}
where users <> closed_users + open_users - reentered_users + settled_users
{{ 'union all' if not loop.last }}
{%- endfor %}
