with subscription_mrr as (
    select * from {{ ref('int_revenue__subscription_mrr') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- a stretch in a foreign currency is worth something else each time the rate changes
stretches as (
    select
        subscription_mrr.subscription_id,
        subscription_mrr.account_id,
        subscription_mrr.plan_id,
        subscription_mrr.status_before,
        subscription_mrr.billing_state,
        subscription_mrr.currency,
        subscription_mrr.mrr_minor_units,
        greatest(subscription_mrr.valid_from, coalesce(rates.valid_from, subscription_mrr.valid_from)) as valid_from,
        {{ converted_cents('subscription_mrr.mrr_minor_units') }} as mrr_cents
    from subscription_mrr
    cross join clock
    cross join reporting
    inner join rates
        on subscription_mrr.currency = rates.currency
        and (rates.valid_to is null or rates.valid_to > subscription_mrr.valid_from)
        and (
            rates.valid_from is null
            or (
                rates.valid_from <= clock.as_of_date
                and (subscription_mrr.valid_to is null or rates.valid_from < subscription_mrr.valid_to)
            )
        )
),

neighbours as (
    select
        *,
        lag(currency) over by_date as previous_currency,
        lag(plan_id) over by_date as previous_plan_id,
        coalesce(lag(mrr_minor_units) over by_date, 0) as previous_minor_units,
        coalesce(lag(mrr_cents) over by_date, 0) as previous_cents
    from stretches
    window by_date as (partition by subscription_id order by valid_from)
),

revalued as (
    select
        neighbours.*,
        case
            when neighbours.previous_minor_units = 0 then 0
            else {{ converted_cents('neighbours.previous_minor_units') }}
        end as previous_cents_today
    from neighbours
    cross join reporting
    left join rates
        on neighbours.previous_currency = rates.currency
        and (rates.valid_from is null or rates.valid_from <= neighbours.valid_from)
        and (rates.valid_to is null or rates.valid_to > neighbours.valid_from)
),

final as (
    select
        subscription_id,
        account_id,
        previous_plan_id as plan_id,
        'leaving' as direction,
        case
            when mrr_minor_units > 0 then 'none'
            when billing_state = 'paused' then 'pause'
            when billing_state in ('unpaid', 'past_due', 'past_grace') then 'involuntary'
            when billing_state in ('canceled', 'ended') and status_before in ('past_due', 'unpaid') then 'involuntary'
            else 'voluntary'
        end as leaving_reason,
        previous_cents_today - previous_cents as fx_cents,
        -previous_cents_today as movement_cents,
        valid_from as date
    from revalued
    where previous_minor_units > 0

    union all

    select
        subscription_id,
        account_id,
        plan_id,
        'arriving' as direction,
        'none' as leaving_reason,
        0 as fx_cents,
        mrr_cents as movement_cents,
        valid_from as date
    from revalued
    where mrr_minor_units > 0
)

select * from final
