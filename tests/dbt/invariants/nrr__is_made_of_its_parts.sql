{%- set rates = {
    'nrr_rate': ['net_retained_arr_amount', 'opening_arr_amount'],
    'grr_rate': ['gross_retained_arr_amount', 'opening_arr_amount'],
    'nrr_12m_rate': ['net_retained_12m_arr_amount', 'start_12m_arr_amount'],
    'grr_12m_rate': ['gross_retained_12m_arr_amount', 'start_12m_arr_amount'],
} -%}
-- to the minor unit, in every segment: the kept ARR of a year ago is its start and the movements since then
select *
from {{ ref('fct_arr_by_period') }}
where
    start_12m_arr_amount + expansion_12m_arr_amount + reactivation_12m_arr_amount
    - contraction_12m_arr_amount - churn_12m_arr_amount + fx_12m_arr_amount <> net_retained_12m_arr_amount
    or gross_retained_12m_arr_amount > least(start_12m_arr_amount, net_retained_12m_arr_amount)
    or gross_retained_arr_amount > least(opening_arr_amount, net_retained_arr_amount)
    or expansion_12m_arr_amount < 0
    or reactivation_12m_arr_amount < 0
    or contraction_12m_arr_amount < 0
    or churn_12m_arr_amount < 0
    or (start_12m_customers > 0) <> (start_12m_arr_amount > 0)
    or (opening_customers > 0) <> (opening_arr_amount > 0)
    {%- for rate, parts in rates.items() %}
    or ({{ rate }} is null) <> ({{ parts[1] }} = 0)
    -- the rate is of minor units; dividing twelve times as much differs only in the last digit
    or abs({{ rate }} - cast({{ parts[0] }} as double precision) / nullif({{ parts[1] }}, 0)) > 1e-12 * (1 + {{ rate }})
    {%- endfor %}
