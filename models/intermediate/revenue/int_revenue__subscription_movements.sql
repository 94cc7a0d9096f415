{%- set policy = checked_var('fx_policy') -%}

with subscription_mrr as (
    select * from {{ ref('int_revenue__subscription_mrr') }}
),

-- not from the CTE above, because Postgres would materialize it if it were read twice
beginning as (
    select min(valid_from) as first_date from {{ ref('int_revenue__subscription_mrr') }}
),

-- without rates from long before, because each would be compared with every interval
rates as (
    select exchange_rates.*
    from {{ ref('int_revenue__exchange_rates') }} as exchange_rates
    inner join beginning on exchange_rates.valid_to is null or exchange_rates.valid_to > beginning.first_date
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- the dates whose rates count: all dates of the interval, or one date of the subscription or of the build
dated as (
    select
        subscription_mrr.*,
        {%- if policy == 'month_rate' %}
        subscription_mrr.valid_from as first_rate_date,
        least({{ add_days('subscription_mrr.valid_to', -1) }}, clock.as_of_date) as last_rate_date
        {%- elif policy == 'at_signing' %}
        min(subscription_mrr.valid_from) over (partition by subscription_mrr.subscription_id) as first_rate_date,
        min(subscription_mrr.valid_from) over (partition by subscription_mrr.subscription_id) as last_rate_date
        {%- else %}
        clock.as_of_date as first_rate_date,
        clock.as_of_date as last_rate_date
        {%- endif %}
    from subscription_mrr
    cross join clock
),

-- an interval in a foreign currency changes its value each time the rate changes
rated as (
    select
        dated.subscription_id,
        dated.account_id,
        dated.plan_id,
        dated.status_before,
        dated.billing_state,
        dated.currency,
        dated.mrr_minor_units,
        rates.cents_numerator,
        rates.cents_denominator,
        {%- if policy == 'month_rate' %}
        -- leaving MRR has its value on that date, which may be the first date of the next rate
        case
            when rates.valid_to <= coalesce(dated.valid_to, rates.valid_to) then rates.next_cents_numerator
            else rates.cents_numerator
        end as leaving_numerator,
        {%- else %}
        rates.cents_numerator as leaving_numerator,
        {%- endif %}
        case when rates.valid_from > dated.first_rate_date then rates.valid_from else dated.valid_from end as valid_from
    from dated
    inner join rates
        on dated.currency = rates.currency
        and (rates.valid_from is null or rates.valid_from <= dated.last_rate_date)
        and (rates.valid_to is null or rates.valid_to > dated.first_rate_date)
),

worth as (
    select
        rated.*,
        {{ converted_cents('rated.mrr_minor_units', rates='rated') }} as mrr_cents,
        {{ converted_cents('rated.mrr_minor_units', rates='rated', numerator='leaving_numerator') }} as worth_when_leaving_cents
    from rated
),

-- by account too, because later steps group in this order
neighbours as (
    select
        *,
        lag(currency) over by_date as previous_currency,
        lag(plan_id) over by_date as previous_plan_id,
        coalesce(lag(mrr_cents) over by_date, 0) as previous_cents,
        coalesce(lag(worth_when_leaving_cents) over by_date, 0) as leaving_cents
    from worth
    window by_date as (partition by account_id, subscription_id order by valid_from)
),

final as (
    select
        subscription_id,
        account_id,
        previous_plan_id,
        plan_id,
        previous_currency,
        currency,
        case
            when mrr_minor_units > 0 then 'none'
            when billing_state = 'paused' then 'pause'
            when billing_state in ('unpaid', 'past_due', 'past_grace') then 'involuntary'
            when billing_state in ('canceled', 'ended') and status_before in ('past_due', 'unpaid') then 'involuntary'
            else 'voluntary'
        end as leaving_reason,
        leaving_cents - previous_cents as fx_cents,
        leaving_cents,
        mrr_cents as arriving_cents,
        valid_from as date
    from neighbours
    where previous_cents > 0 or leaving_cents > 0 or mrr_cents > 0
)

select * from final
