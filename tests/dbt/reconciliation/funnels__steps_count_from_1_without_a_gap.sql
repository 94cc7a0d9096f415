-- a funnel whose last step number is not the number of its steps, or that has no steps
select
    funnels.funnel_id,
    count(funnel_steps.step_number) as steps,
    max(funnel_steps.step_number) as last_step
from {{ ref('funnels') }} as funnels
left join {{ ref('funnel_steps') }} as funnel_steps on funnels.funnel_id = funnel_steps.funnel_id
group by funnels.funnel_id
having count(funnel_steps.step_number) = 0 or max(funnel_steps.step_number) <> count(funnel_steps.step_number)
