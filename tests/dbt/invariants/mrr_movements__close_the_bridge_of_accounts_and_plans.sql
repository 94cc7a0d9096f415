-- opening + fx + movement = closing, and closing = the next opening, starting from 0 and never below 0
with movements as (
    select account_id, null as plan_id, date, opening_cents, fx_cents, movement_cents, closing_cents
    from {{ ref('int_revenue__account_movements') }}

    union all

    select account_id, plan_id, date, opening_cents, fx_cents, movement_cents, closing_cents
    from {{ ref('int_revenue__plan_movements') }}
),

chained as (
    select
        *,
        lag(closing_cents, 1, cast(0 as bigint)) over (
            partition by account_id, plan_id order by date
        ) as previous_closing_cents
    from movements
)

select *
from chained
where
    opening_cents + fx_cents + movement_cents <> closing_cents
    or opening_cents <> previous_closing_cents
    or closing_cents < 0
