-- group by sorting: rows come nearly in order, and the windows after the grouping need that order
{{ config(pre_hook="{{ prefer_sorting() }}") }}

with subscription_movements as (
    select * from {{ ref('int_revenue__subscription_movements') }}
),

movements as (
    {{ mrr_movements(ref('int_revenue__subscription_movements'), ['account_id']) }}
),

-- when several subscriptions leave on one date, the largest gives the reason
leavings as (
    select
        account_id,
        date,
        leaving_reason,
        row_number() over (
            partition by account_id, date
            order by leaving_cents desc, {{ text_order('subscription_id') }}
        ) as leaving_rank
    from subscription_movements
    where leaving_reason <> 'none'
),

final as (
    select
        movements.*,
        case when movements.movement_type = 'churn' then coalesce(leavings.leaving_reason, 'voluntary') end as reason
    from movements
    left join leavings
        on movements.account_id = leavings.account_id
        and movements.date = leavings.date
        and leavings.leaving_rank = 1
)

select * from final
