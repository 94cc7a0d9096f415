with subscriptions as (
    select * from {{ ref('int_revenue__current_subscriptions') }}
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

-- a missing seat costs as much as a seat of the largest subscription
ranked as (
    select
        *,
        sum(seats) over (partition by account_id) as account_seats,
        row_number() over (
            partition by account_id order by seats desc, {{ id_order('subscription_id') }}
        ) as subscription_rank
    from subscriptions
    where ended_date is null and status in ('active', 'past_due') and seat_price_minor_units > 0
),

-- when most accounts have more users than seats, seats are not what is sold
compared as (
    select
        ranked.*,
        coalesce(active_users.active_users, 0) as active_users,
        count(*) over () as accounts,
        count(case when coalesce(active_users.active_users, 0) <= ranked.account_seats then 1 end) over () as fitting_accounts
    from ranked
    left join active_users on ranked.account_id = active_users.account_id
    where ranked.subscription_rank = 1
),

final as (
    select
        rule.rule_id,
        compared.subscription_id as finding_key,
        compared.account_id,
        compared.subscription_id,
        cast(null as text) as invoice_id,
        clock.as_of_date as detected_for_date,
        cast((compared.active_users - compared.account_seats) * compared.seat_price_minor_units as bigint) as amount_minor_units,
        compared.currency,
        cast(compared.fitting_accounts as double precision) / nullif(compared.accounts - 1, 0) as confidence,
        case
            when compared.accounts > 1 and 2 * compared.fitting_accounts < compared.accounts - 1
                then 'most accounts have more active users than seats'
        end as doubt,
        compared.active_users || ' active users, ' || compared.account_seats || ' seats' as evidence
    from compared
    cross join clock
    cross join rule
    where compared.active_users > compared.account_seats
)

select * from final
