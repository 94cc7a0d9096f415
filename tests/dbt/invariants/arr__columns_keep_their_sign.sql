select *
from {{ ref('fct_arr_by_period') }}
where
    new_arr_amount < 0
    or reactivation_arr_amount < 0
    or expansion_arr_amount < 0
    or contraction_arr_amount < 0
    or churn_arr_amount < 0
    or closing_arr_amount < 0
    or customers < 0
    or grr_rate > 1
    or grr_rate > nrr_rate
    or grr_12m_rate > nrr_12m_rate
    or logo_churn_rate > 1
