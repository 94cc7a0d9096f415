-- an effect is the difference of the means (except for cuped, which adjusts it) and lies in its interval
select *
from {{ ref('fct_experiment_results') }}
where
    ci_low > effect
    or ci_high < effect
    or relative_ci_low > relative_effect
    or relative_ci_high < relative_effect
    or p_value_adjusted < p_value
    or p_value_bh < p_value
    or p_value_adjusted < p_value_bh
    or p_value > 1
