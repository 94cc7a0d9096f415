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
        count(*) filter (where ended_date is null) over (partition by account_id) as running_contracts,
        row_number() over (
            partition by account_id order by ended_date desc, {{ text_order('subscription_id') }}
        ) as contract_rank
    from contracts
    -- what was over before its first day closed was no contract
    where ended_date is null or ended_date > begin_date
),

final as (
    select
        rule.rule_id,
        ranked.subscription_id as finding_key,
        ranked.account_id,
        ranked.subscription_id,
        cast(null as text) as invoice_id,
        ranked.ended_date as detected_for_date,
        ranked.price_cents as amount_cents,
        ranked.currency,
        'ended ' || ranked.ended_date || ', active until ' || last_activity.last_active_date as evidence
    from ranked
    cross join rule
    inner join last_activity
        on ranked.account_id = last_activity.account_id
        and last_activity.last_active_date > {{ add_days('ranked.ended_date', 'rule.days') }}
    where ranked.contract_rank = 1 and ranked.running_contracts = 0 and ranked.price_cents > 0
)

select * from final
