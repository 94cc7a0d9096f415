-- closing ARR of every segment, plans included, and the movements of those an account has one value of
with totals as (
    select * from {{ ref('fct_arr_by_period') }} where segment_name = 'all'
),

sums as (
    select
        period_grain,
        period_start,
        segment_name,
        sum(closing_arr_amount) as closing_arr_amount,
        sum(new_arr_amount) as new_arr_amount,
        sum(expansion_arr_amount) as expansion_arr_amount,
        sum(contraction_arr_amount) as contraction_arr_amount,
        sum(churn_arr_amount) as churn_arr_amount,
        sum(customers) as customers
    from {{ ref('fct_arr_by_period') }}
    where segment_name <> 'all'
    group by period_grain, period_start, segment_name
)

select sums.*
from sums
inner join totals on sums.period_grain = totals.period_grain and sums.period_start = totals.period_start
where
    sums.closing_arr_amount <> totals.closing_arr_amount
    or (
        sums.segment_name <> 'plan'
        and (
            sums.new_arr_amount <> totals.new_arr_amount
            or sums.expansion_arr_amount <> totals.expansion_arr_amount
            or sums.contraction_arr_amount <> totals.contraction_arr_amount
            or sums.churn_arr_amount <> totals.churn_arr_amount
            or sums.customers <> totals.customers
        )
    )
