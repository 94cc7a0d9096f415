-- closing ARR of every segment, plans included, and the movements of segments of which each account has one value
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
        sum(customers) as customers,
        sum(start_12m_arr_amount) as start_12m_arr_amount,
        sum(start_12m_customers) as start_12m_customers,
        sum(net_retained_12m_arr_amount) as net_retained_12m_arr_amount,
        sum(churn_12m_arr_amount) as churn_12m_arr_amount
    from {{ ref('fct_arr_by_period') }}
    where segment_name <> 'all'
    group by period_grain, period_start, segment_name
)

select sums.*
from sums
inner join totals on sums.period_grain = totals.period_grain and sums.period_start = totals.period_start
where
    sums.closing_arr_amount <> totals.closing_arr_amount
    or sums.start_12m_arr_amount <> totals.start_12m_arr_amount
    or (
        sums.segment_name <> 'plan'
        and (
            sums.new_arr_amount <> totals.new_arr_amount
            or sums.expansion_arr_amount <> totals.expansion_arr_amount
            or sums.contraction_arr_amount <> totals.contraction_arr_amount
            or sums.churn_arr_amount <> totals.churn_arr_amount
            or sums.customers <> totals.customers
            or sums.start_12m_customers <> totals.start_12m_customers
            or sums.net_retained_12m_arr_amount <> totals.net_retained_12m_arr_amount
            or sums.churn_12m_arr_amount <> totals.churn_12m_arr_amount
        )
    )
