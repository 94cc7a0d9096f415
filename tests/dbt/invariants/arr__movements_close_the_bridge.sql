-- opening + movements = closing, and closing = the next opening; tolerance zero
with periods as (
    select
        *,
        lag(closing_arr_amount) over (
            partition by period_grain, segment_name, segment_value order by period_start
        ) as previous_closing
    from {{ ref('fct_arr_by_period') }}
)

select *
from periods
where
    opening_arr_amount + new_arr_amount + reactivation_arr_amount + expansion_arr_amount
    - contraction_arr_amount - churn_arr_amount + fx_arr_amount <> closing_arr_amount
    or opening_arr_amount <> coalesce(previous_closing, 0)
    or gross_arr_amount <> new_arr_amount + reactivation_arr_amount + expansion_arr_amount
    or cancelled_arr_amount <> contraction_arr_amount + churn_arr_amount
    or gross_arr_amount - cancelled_arr_amount <> net_new_arr_amount
    or net_new_arr_amount + fx_arr_amount <> closing_arr_amount - opening_arr_amount
