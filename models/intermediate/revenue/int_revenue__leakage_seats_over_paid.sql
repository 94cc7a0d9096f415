with contracts as (
    select * from {{ ref('int_revenue__current_contracts') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

rule as (
    select * from {{ ref('stg_reference__leakage_rules') }} where rule_id = 'seats_over_paid'
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

active_users as (
    select
        users.account_id,
        count(distinct user_days.user_id) as active_users
    from user_days
    cross join clock
    inner join rule on user_days.activity_date > {{ add_days('clock.as_of_date', '-rule.days') }}
    inner join users on user_days.user_id = users.user_id
    group by users.account_id
),

-- a seat that is missing costs what it costs in the largest contract
ranked as (
    select
        *,
        sum(quantity) over (partition by account_id) as seats,
        row_number() over (
            partition by account_id order by quantity desc, {{ text_order('subscription_id') }}
        ) as contract_rank
    from contracts
    where ended_date is null and status in ('active', 'past_due') and unit_price_cents > 0
),

final as (
    select
        rule.rule_id,
        ranked.subscription_id as finding_key,
        ranked.account_id,
        ranked.subscription_id,
        cast(null as text) as invoice_id,
        clock.as_of_date as detected_for_date,
        cast((active_users.active_users - ranked.seats) * ranked.unit_price_cents as bigint) as amount_cents,
        ranked.currency,
        active_users.active_users || ' active users, ' || ranked.seats || ' seats' as evidence
    from ranked
    cross join clock
    cross join rule
    inner join active_users on ranked.account_id = active_users.account_id
    where ranked.contract_rank = 1 and active_users.active_users > ranked.seats
)

select * from final
