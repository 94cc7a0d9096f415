{%- set statuses = checked_var('mrr_statuses') -%}
{%- set discounts = checked_var('discount_policy') -%}
{%- set ends = ['discount_end_date', 'grace_end_date', 'subscription_end_date'] -%}

with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- The dates on which the price of a state may change by itself, each once. They are not from a CTE, because Postgres would
-- materialize one that is read several times.
boundaries as (
    select *, valid_from as date from {{ ref('int_revenue__subscription_states') }}
    {%- for column in ends %}
    union all
    select *, {{ column }} as date
    from {{ ref('int_revenue__subscription_states') }}
    where
        {{ column }} > valid_from
        and (valid_to is null or {{ column }} < valid_to)
        {%- for other in ends[:loop.index0] %}
        and {{ column }} is distinct from {{ other }}
        {%- endfor %}
    {%- endfor %}
),

priced as (
    select
        boundaries.subscription_id,
        boundaries.account_id,
        boundaries.plan_id,
        boundaries.currency,
        case when boundaries.date = boundaries.valid_from then boundaries.previous_status else boundaries.status end as status_before,
        boundaries.date as valid_from,
        case when boundaries.date >= boundaries.subscription_end_date then 'canceled' else boundaries.status end as status,
        case
            when boundaries.date >= boundaries.subscription_end_date then 'ended'
            when boundaries.status not in ('{{ statuses | join("', '") }}') then boundaries.status
            when boundaries.date >= boundaries.grace_end_date then 'past_grace'
            else 'counted'
        end as billing_state,
        {%- if discounts == 'none' %}
        0 as discount_percent,
        0 as discount_amount_minor_units,
        {%- else %}
        {%- for discount in ['discount_percent', 'discount_amount_minor_units'] %}
        case
            when boundaries.date >= boundaries.discount_end_date then 0
            {%- if discounts == 'permanent' %}
            when isfinite(boundaries.discount_end_date) then 0
            {%- endif %}
            else coalesce(boundaries.{{ discount }}, 0)
        end as {{ discount }},
        {%- endfor %}
        {%- endif %}
        {{ list_amount('boundaries') }} as list_amount_minor_units,
        {{ intervals_per_month_numerator('boundaries') }} as intervals_numerator,
        {{ intervals_per_month_denominator('boundaries') }} as intervals_denominator,
        -- the next of these dates; they are few and need no sort
        least(
            boundaries.valid_to
            {%- for column in ends %},
            case
                when boundaries.{{ column }} > boundaries.date and boundaries.{{ column }} <= clock.as_of_date
                    then boundaries.{{ column }}
            end
            {%- endfor %}
        ) as valid_to
    from boundaries
    cross join clock
    where boundaries.date <= clock.as_of_date
),

monthly as (
    select
        subscription_id,
        account_id,
        plan_id,
        currency,
        status,
        status_before,
        billing_state,
        case
            when billing_state = 'counted'
                -- the discount has four decimals, so 100 percent is a million
                then {{ quotient_half_up(
                    'greatest(list_amount_minor_units * (1000000 - cast(discount_percent * 10000 as bigint)) - cast(1000000 as '
                    ~ wide_integer() ~ ') * discount_amount_minor_units, 0) * intervals_numerator',
                    'cast(1000000 as ' ~ wide_integer() ~ ') * intervals_denominator'
                ) }}
            else 0
        end as mrr_minor_units,
        valid_from,
        valid_to
    from priced
)

select * from monthly
