{{ config(materialized='view') }}

with movements as (
    select * from {{ ref('int_revenue__subscription_movements') }}
),

final as (
    select
        subscription_id,
        account_id,
        previous_plan_id as plan_id,
        previous_currency as currency,
        'leaving' as side,
        fx_cents,
        leaving_cents,
        0 as arriving_cents,
        date
    from movements
    where leaving_cents > 0 or fx_cents <> 0

    union all

    select
        subscription_id,
        account_id,
        plan_id,
        currency,
        'arriving' as side,
        0 as fx_cents,
        0 as leaving_cents,
        arriving_cents,
        date
    from movements
    where arriving_cents > 0
)

select * from final
