with states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

intervals as (
    select 'month' as billing_interval, 1 as numerator, 1 as denominator
    union all
    select 'quarter' as billing_interval, 1 as numerator, 3 as denominator
    union all
    select 'year' as billing_interval, 1 as numerator, 12 as denominator
    union all
    select 'week' as billing_interval, 52 as numerator, 12 as denominator
),

dated as (
    select
        states.*,
        min(states.valid_from) over (partition by states.subscription_id) as begin_date,
        case
            when states.contract_end_date <= clock.as_of_date then states.contract_end_date
            when states.status = 'canceled' then states.valid_from
        end as ended_date
    from states
    cross join clock
),

final as (
    select
        dated.subscription_id,
        dated.account_id,
        dated.currency,
        dated.status,
        dated.quantity,
        dated.begin_date,
        dated.ended_date,
        {{ quotient_half_up(
            'cast(dated.unit_amount_cents as ' ~ wide_integer() ~ ') * intervals.numerator', 'intervals.denominator'
        ) }} as unit_price_cents,
        {{ quotient_half_up(
            'cast(dated.quantity as ' ~ wide_integer() ~ ') * dated.unit_amount_cents * intervals.numerator',
            'intervals.denominator'
        ) }} as price_cents
    from dated
    inner join intervals on dated.billing_interval = intervals.billing_interval
    where dated.valid_to is null
)

select * from final
