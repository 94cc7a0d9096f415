-- an exclusion that ends after the last step, or that does not cover all steps when they are in any order
with lengths as (
    select funnel_id, count(*) as steps
    from {{ ref('stg_reference__funnel_steps') }}
    group by funnel_id
)

select exclusions.*
from {{ ref('stg_reference__funnel_exclusions') }} as exclusions
inner join {{ ref('stg_reference__funnels') }} as funnels on exclusions.funnel_id = funnels.funnel_id
inner join lengths on exclusions.funnel_id = lengths.funnel_id
where
    exclusions.before_step > lengths.steps
    or (funnels.order_rule = 'any_order' and (exclusions.after_step > 1 or exclusions.before_step < lengths.steps))
