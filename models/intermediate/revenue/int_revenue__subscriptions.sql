with subscriptions as (
    select * from {{ ref('stg_billing__subscriptions') }}
),

changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

user_accounts as (
    select * from {{ ref('int_activity__user_accounts') }}
),

ids as (
    select subscription_id from subscriptions
    union
    select subscription_id from changes
),

final as (
    select
        ids.subscription_id,
        coalesce(
            subscriptions.account_id, user_accounts.account_id, subscriptions.user_id, ids.subscription_id
        ) as account_id,
        {{ local_date('subscriptions.cancel_requested_at') }} as cancel_requested_date,
        {{ local_date('subscriptions.ended_at') }} as ended_date
    from ids
    left join subscriptions on ids.subscription_id = subscriptions.subscription_id
    left join user_accounts on subscriptions.user_id = user_accounts.user_id
)

select * from final
