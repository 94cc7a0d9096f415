-- Which accounts moved ARR in the last complete month, and why? Sums to net new ARR plus fx of that month.
with last_month as (
    select max(period_start) as period_start
    from {{ ref('fct_arr_by_period') }}
    where period_grain = 'month' and is_complete
)

select
    movements.account_id,
    accounts.name,
    movements.movement_type,
    movements.reason,
    movements.plan_id,
    12 * movements.amount_cents as arr_cents,
    movements.date
from {{ ref('fct_mrr_movements') }} as movements
inner join last_month on {{ period_start('month', 'movements.date') }} = last_month.period_start
inner join {{ ref('dim_accounts') }} as accounts on movements.account_id = accounts.account_id
order by abs(movements.amount_cents) desc, movements.account_id asc, movements.movement_type asc, movements.date asc
