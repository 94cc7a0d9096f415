{{ config(materialized='view') }}

with account_movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

plan_movements as (
    select * from {{ ref('int_revenue__plan_movements') }}
),

final as (
    select
        account_id,
        cast(null as text) as plan_id,
        date,
        opening_cents,
        fx_cents,
        movement_cents,
        closing_cents,
        movement_type
    from account_movements

    union all

    select
        account_id,
        plan_id,
        date,
        opening_cents,
        fx_cents,
        movement_cents,
        closing_cents,
        movement_type
    from plan_movements
)

select * from final
