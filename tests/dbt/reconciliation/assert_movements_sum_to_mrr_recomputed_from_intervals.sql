-- at the as-of date, from the contracts themselves and not from their flows
with in_force as (
    select subscription_mrr.account_id, subscription_mrr.mrr_minor_units, rates.rate, rates.minor_unit_digits
    from {{ ref('int_revenue__subscription_mrr') }} as subscription_mrr
    cross join {{ ref('stg_clock__as_of') }} as clock
    inner join {{ ref('int_revenue__exchange_rates') }} as rates
        on subscription_mrr.currency = rates.currency
        and (rates.valid_from is null or rates.valid_from <= clock.as_of_date)
        and (rates.valid_to is null or rates.valid_to > clock.as_of_date)
    where
        subscription_mrr.valid_from <= clock.as_of_date
        and (subscription_mrr.valid_to is null or subscription_mrr.valid_to > clock.as_of_date)
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

expected as (
    select in_force.account_id, sum({{ converted_cents('in_force.mrr_minor_units', rates='in_force') }}) as mrr_cents
    from in_force
    cross join reporting
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
