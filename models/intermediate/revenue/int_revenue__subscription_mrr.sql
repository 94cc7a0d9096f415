{%- set statuses = checked_var('mrr_statuses') -%}

with states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- the dates on which the price of a state may change by itself
boundaries as (
    select subscription_id, valid_from, valid_from as date from states
    {%- for column in ['discount_end_date', 'grace_end_date', 'contract_end_date'] %}
    union
    select subscription_id, valid_from, {{ column }} as date
    from states
    where {{ column }} > valid_from and (valid_to is null or {{ column }} < valid_to)
    {%- endfor %}
),

priced as (
    select
        states.subscription_id,
        states.account_id,
        states.plan_id,
        states.currency,
        case when boundaries.date = states.valid_from then states.previous_status else states.status end as status_before,
        boundaries.date as valid_from,
        case
            when boundaries.date >= states.contract_end_date then 'ended'
            when states.status not in ('{{ statuses | join("', '") }}') then states.status
            when boundaries.date >= states.grace_end_date then 'past_grace'
            else 'counted'
        end as billing_state,
        case
            when boundaries.date >= states.discount_end_date then 0 else states.discount_percent
        end as discount_percent,
        cast(states.quantity as {{ wide_integer() }}) * states.unit_amount_cents as list_amount_cents,
        case states.billing_interval
            when 'week' then 52 else 1
        end as intervals_numerator,
        case states.billing_interval
            when 'week' then 12 when 'quarter' then 3 when 'year' then 12 else 1
        end as intervals_denominator
    from boundaries
    cross join clock
    inner join states
        on boundaries.subscription_id = states.subscription_id
        and boundaries.valid_from = states.valid_from
    where boundaries.date <= clock.as_of_date
),

monthly as (
    select
        subscription_id,
        account_id,
        plan_id,
        currency,
        status_before,
        billing_state,
        case
            when billing_state = 'counted'
                -- the discount has four decimals: a million is the whole
                then {{ quotient_half_up(
                    'list_amount_cents * (1000000 - cast(discount_percent * 10000 as bigint)) * intervals_numerator',
                    'cast(1000000 as ' ~ wide_integer() ~ ') * intervals_denominator'
                ) }}
            else 0
        end as mrr_minor_units,
        valid_from,
        lead(valid_from) over (partition by subscription_id order by valid_from) as valid_to
    from priced
)

select * from monthly
