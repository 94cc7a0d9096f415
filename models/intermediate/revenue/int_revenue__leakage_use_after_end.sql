with subscriptions as (
    select * from {{ ref('int_revenue__current_subscriptions') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

payers as (
    select distinct account_id from {{ ref('int_revenue__account_movements') }} where closing_cents > 0
),

rule as (
    select * from {{ ref('stg_reference__leakage_rules') }} where rule_id = 'use_after_end'
),

last_activity as (
    select
        users.account_id,
        max(user_days.activity_date) as last_active_date
    from user_days
    inner join users on user_days.user_id = users.user_id
    group by users.account_id
),

ranked as (
    select
        *,
        count(*) filter (where ended_date is null) over (partition by account_id) as running_subscriptions,
        row_number() over (
            partition by account_id order by ended_date desc, {{ id_order('subscription_id') }}
        ) as subscription_rank
    from subscriptions
    -- a subscription that was over before the end of its first day does not count
    where ended_date is null or ended_date > begin_date
),

-- when most customers who left are still active, users do not need a subscription to get in
compared as (
    select
        ranked.*,
        last_activity.last_active_date,
        last_activity.last_active_date is not null
        and last_activity.last_active_date > {{ add_days('ranked.ended_date', 'rule.days') }} as is_in_use,
        count(payers.account_id) over () as customers,
        count(case
            when last_activity.last_active_date > {{ add_days('ranked.ended_date', 'rule.days') }} then payers.account_id
        end) over () as customers_in_use
    from ranked
    cross join rule
    left join payers on ranked.account_id = payers.account_id
    left join last_activity on ranked.account_id = last_activity.account_id
    where ranked.subscription_rank = 1 and ranked.running_subscriptions = 0 and ranked.price_minor_units > 0
),

final as (
    select
        rule.rule_id,
        compared.subscription_id as finding_key,
        compared.account_id,
        compared.subscription_id,
        cast(null as text) as invoice_id,
        compared.ended_date as detected_for_date,
        compared.price_minor_units as amount_minor_units,
        compared.currency,
        cast(compared.customers - compared.customers_in_use as double precision) / nullif(compared.customers - 1, 0) as confidence,
        case
            when compared.customers > 1 and 2 * (compared.customers - compared.customers_in_use) < compared.customers - 1
                then 'most customers are there after their end'
        end as doubt,
        'ended ' || compared.ended_date || ', active until ' || compared.last_active_date as evidence
    from compared
    cross join rule
    where compared.is_in_use
)

select * from final
