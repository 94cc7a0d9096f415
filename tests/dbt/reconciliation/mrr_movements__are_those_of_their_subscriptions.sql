-- each movement of an account, to the minor unit, from the subscriptions behind it
with subscriptions as (
    select
        date,
        account_id,
        movement_type,
        sum(amount_cents) as amount_cents
    from {{ ref('fct_mrr_movement_subscriptions') }}
    group by date, account_id, movement_type

    union all

    select
        date,
        account_id,
        'fx' as movement_type,
        sum(fx_cents) as amount_cents
    from {{ ref('fct_mrr_movement_subscriptions') }}
    group by date, account_id
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
)

select
    coalesce(movements.date, subscriptions.date) as date,
    coalesce(movements.account_id, subscriptions.account_id) as account_id,
    coalesce(movements.movement_type, subscriptions.movement_type) as movement_type,
    movements.amount_cents as found_cents,
    subscriptions.amount_cents as expected_cents
from movements
full outer join subscriptions
    on movements.date = subscriptions.date
    and movements.account_id = subscriptions.account_id
    and movements.movement_type = subscriptions.movement_type
where coalesce(movements.amount_cents, 0) <> coalesce(subscriptions.amount_cents, 0)
