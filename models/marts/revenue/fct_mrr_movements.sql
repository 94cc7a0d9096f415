with account_movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

plan_movements as (
    select * from {{ ref('int_revenue__plan_movements') }}
),

plan_intervals as (
    select
        account_id,
        plan_id,
        closing_cents as mrr_cents,
        date as valid_from,
        lead(date) over (partition by account_id, plan_id order by date) as valid_to
    from plan_movements
),

unpivoted as (
    select account_id, date, movement_type, reason, movement_cents as amount_cents
    from account_movements
    where movement_type <> 'none'

    union all

    select account_id, date, 'fx' as movement_type, null as reason, fx_cents as amount_cents
    from account_movements
    where fx_cents <> 0
),

dated as (
    select
        *,
        -- churn, and the effect of a rate, belong to the plan of the day before
        case when movement_type in ('churn', 'fx') then {{ add_days('date', -1) }} else date end as plan_date
    from unpivoted
),

ranked as (
    select
        dated.account_id,
        dated.date,
        dated.movement_type,
        dated.reason,
        dated.amount_cents,
        plan_intervals.plan_id,
        row_number() over (
            partition by dated.account_id, dated.date, dated.movement_type
            order by plan_intervals.mrr_cents desc, {{ text_order('plan_intervals.plan_id') }}
        ) as plan_rank
    from dated
    inner join plan_intervals
        on dated.account_id = plan_intervals.account_id
        and plan_intervals.valid_from <= dated.plan_date
        and (plan_intervals.valid_to is null or plan_intervals.valid_to > dated.plan_date)
),

final as (
    select
        ranked.date,
        ranked.account_id,
        ranked.movement_type,
        ranked.reason,
        ranked.plan_id,
        ranked.amount_cents,
        clock.as_of_date
    from ranked
    cross join {{ ref('stg_clock__as_of') }} as clock
    where ranked.plan_rank = 1
)

select * from final
