-- at the close of every month, from subscriptions and rates alone: closing - closing of the month before = movements
{%- set policy = checked_var('fx_policy') %}
{%- set rate_date = 'signed_date' if policy == 'at_signing' else 'as_of_date' if policy == 'constant' else 'date' %}
with subscription_mrr as (
    select
        *,
        min(valid_from) over (partition by subscription_id) as signed_date
    from {{ ref('int_revenue__subscription_mrr') }}
),

rates as (
    select * from {{ ref('int_revenue__exchange_rates') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    select
        min(subscription_mrr.valid_from) as first_date,
        max(clock.as_of_date) as last_date
    from subscription_mrr
    cross join clock
),

months as (
    select
        all_months.period_start as month,
        {{ next_period_start('month', 'all_months.period_start') }} as next_month,
        least(all_months.period_end, clock.as_of_date) as date
    from {{ periods('date_range', ['month']) }} as all_months
    cross join clock
),

intervals as (
    select subscription_mrr.*, months.month, months.next_month, months.date, clock.as_of_date
    from months
    cross join clock
    inner join subscription_mrr on {{ is_in_force('subscription_mrr', 'months.date') }}
    where subscription_mrr.mrr_minor_units > 0
),

closings as (
    select
        intervals.account_id,
        intervals.plan_id,
        intervals.currency,
        intervals.month,
        intervals.next_month,
        intervals.as_of_date,
        {{ converted_cents('intervals.mrr_minor_units') }} as mrr_cents
    from intervals
    inner join rates on intervals.currency = rates.currency and {{ is_in_force('rates', 'intervals.' ~ rate_date) }}
),

differences as (
    select account_id, plan_id, currency, month, mrr_cents as cents from closings

    union all

    -- the closing of a month is the opening of the next
    select account_id, plan_id, currency, next_month as month, -mrr_cents as cents
    from closings
    where next_month <= as_of_date

    union all

    select account_id, plan_id, currency, {{ period_start('month', 'date') }} as month, leaving_cents - arriving_cents - fx_cents as cents
    from {{ ref('int_revenue__subscription_movement_sides') }}
)

select account_id, plan_id, currency, month, sum(cents) as cents
from differences
group by account_id, plan_id, currency, month
having sum(cents) <> 0
