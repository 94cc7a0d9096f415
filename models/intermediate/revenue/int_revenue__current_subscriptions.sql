with states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

dated as (
    select
        states.*,
        min(states.valid_from) over (partition by states.subscription_id) as begin_date,
        case
            when states.subscription_end_date <= clock.as_of_date then states.subscription_end_date
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
        dated.quantity * dated.included_seats as seats,
        dated.begin_date,
        dated.ended_date,
        {{ quotient_half_up(
            'cast(dated.unit_amount_minor_units as ' ~ wide_integer() ~ ') * ' ~ intervals_per_month_numerator('dated'),
            intervals_per_month_denominator('dated') ~ ' * nullif(dated.included_seats, 0)'
        ) }} as seat_price_minor_units,
        {{ quotient_half_up(
            list_amount('dated') ~ ' * ' ~ intervals_per_month_numerator('dated'), intervals_per_month_denominator('dated')
        ) }} as price_minor_units
    from dated
    where dated.valid_to is null
)

select * from final
