-- Which subscriptions lost the MRR that churned in the last complete month? Sums to a twelfth of its churned ARR.
with last_month as (
    select max(period_start) as period_start
    from {{ ref('fct_arr_by_period') }}
    where period_grain = 'month' and is_complete
)

select
    subscriptions.account_id,
    accounts.name,
    subscriptions.subscription_id,
    subscriptions.previous_plan_id,
    subscriptions.reason,
    -subscriptions.amount_cents as churned_cents,
    subscriptions.date
from {{ ref('fct_mrr_movement_subscriptions') }} as subscriptions
inner join last_month on {{ period_start('month', 'subscriptions.date') }} = last_month.period_start
inner join {{ ref('dim_accounts') }} as accounts on subscriptions.account_id = accounts.account_id
where subscriptions.movement_type = 'churn'
order by subscriptions.amount_cents asc, subscriptions.subscription_id asc
