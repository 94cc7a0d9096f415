with sums as (
    select
        scenario_id,
        count(*) as assumption_count,
        sum(monthly_impact_amount) as monthly_impact_amount,
        sum(annual_impact_amount) as annual_impact_amount
    from {{ ref('fct_scenarios') }}
    group by scenario_id
)

select totals.*
from {{ ref('fct_scenario_totals') }} as totals
full join sums on totals.scenario_id = sums.scenario_id
where
    totals.assumption_count is distinct from sums.assumption_count
    or totals.monthly_impact_amount is distinct from sums.monthly_impact_amount
    or totals.annual_impact_amount is distinct from sums.annual_impact_amount
