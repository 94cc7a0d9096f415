-- Which contracts lost the MRR that churned in the last complete month? Sums to a twelfth of its churned ARR.
with last_month as (
    select max(period_start) as period_start
    from {{ ref('fct_arr_by_period') }}
    where period_grain = 'month' and is_complete
)

select
    contracts.account_id,
    accounts.name,
    contracts.subscription_id,
    contracts.previous_plan_id,
    contracts.reason,
    -contracts.amount_cents as churned_cents,
    contracts.date
from {{ ref('fct_mrr_movement_contracts') }} as contracts
inner join last_month on {{ period_start('month', 'contracts.date') }} = last_month.period_start
inner join {{ ref('dim_accounts') }} as accounts on contracts.account_id = accounts.account_id
where contracts.movement_type = 'churn'
order by contracts.amount_cents asc, contracts.subscription_id asc
