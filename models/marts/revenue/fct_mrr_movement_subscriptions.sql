with subscription_movements as (
    select * from {{ ref('int_revenue__subscription_movements') }}
),

account_movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        subscription_movements.date,
        subscription_movements.subscription_id,
        subscription_movements.account_id,
        nullif(account_movements.movement_type, 'none') as movement_type,
        nullif(subscription_movements.leaving_reason, 'none') as reason,
        subscription_movements.previous_plan_id,
        subscription_movements.plan_id,
        cast(subscription_movements.arriving_cents - subscription_movements.leaving_cents as bigint) as amount_cents,
        cast(subscription_movements.fx_cents as bigint) as fx_cents,
        clock.as_of_date
    from subscription_movements
    left join account_movements
        on subscription_movements.account_id = account_movements.account_id
        and subscription_movements.date = account_movements.date
    cross join clock
    where
        subscription_movements.fx_cents <> 0
        or subscription_movements.arriving_cents <> subscription_movements.leaving_cents
)

select * from final
