with totals as (
    select
        scenario_id,
        sum(monthly_impact_amount) as monthly_impact_amount,
        sum(annual_impact_amount) as annual_impact_amount
    from {{ ref('fct_scenarios') }}
    group by scenario_id
)

select scenarios.*
from {{ ref('fct_scenarios') }} as scenarios
inner join totals on scenarios.scenario_id = totals.scenario_id
where
    scenarios.scenario_monthly_impact_amount <> totals.monthly_impact_amount
    or scenarios.scenario_annual_impact_amount <> totals.annual_impact_amount
