-- at the as-of date, from the subscriptions themselves and not from their movements
{%- set rate_date = 'intervals.signed_date' if checked_var('fx_policy') == 'at_signing' else 'clock.as_of_date' %}
with intervals as (
    select
        *,
        min(valid_from) over (partition by subscription_id) as signed_date
    from {{ ref('int_revenue__subscription_mrr') }}
),

in_force as (
    select intervals.account_id, intervals.mrr_minor_units, rates.cents_numerator, rates.cents_denominator
    from intervals
    cross join {{ ref('stg_clock__as_of') }} as clock
    inner join {{ ref('int_revenue__exchange_rates') }} as rates
        on intervals.currency = rates.currency
        and {{ is_in_force('rates', rate_date) }}
    where {{ is_in_force('intervals', 'clock.as_of_date') }}
),

expected as (
    select in_force.account_id, sum({{ converted_cents('in_force.mrr_minor_units', rates='in_force') }}) as mrr_cents
    from in_force
    group by in_force.account_id
),

found as (
    select account_id, sum(amount_cents) as mrr_cents
    from {{ ref('fct_mrr_movements') }}
    group by account_id
)

select
    coalesce(expected.account_id, found.account_id) as account_id,
    expected.mrr_cents as expected_cents,
    found.mrr_cents as found_cents
from expected
full outer join found on expected.account_id = found.account_id
where coalesce(expected.mrr_cents, 0) <> coalesce(found.mrr_cents, 0)
