-- a later step is never earlier, and the last step is within the window of the entry
select funnel_users.*
from {{ ref('fct_funnel_users') }} as funnel_users
inner join {{ ref('stg_reference__funnels') }} as funnels on funnel_users.funnel_id = funnels.funnel_id
where
    funnel_users.entered_at <> funnel_users.step_1_at
    {%- for step in range(2, funnel_listed_steps() + 1) %}
    or funnel_users.step_{{ step }}_at < funnel_users.step_{{ step - 1 }}_at
    or (funnel_users.step_{{ step }}_at is null) = (funnel_users.deepest_step >= {{ step }})
    or funnel_users.step_{{ step }}_at > funnel_users.entered_at + funnels.window_seconds * interval '1 second'
    {%- endfor %}
