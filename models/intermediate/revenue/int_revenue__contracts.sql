with subscriptions as (
    select * from {{ ref('stg_billing__subscriptions') }}
),

changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

users as (
    select * from {{ ref('stg_app__users') }}
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
            subscriptions.account_id, users.account_id, subscriptions.user_id, ids.subscription_id
        ) as account_id,
        {{ local_date('subscriptions.cancel_requested_at') }} as cancel_requested_date,
        {{ local_date('subscriptions.ended_at') }} as ended_date
    from ids
    left join subscriptions on ids.subscription_id = subscriptions.subscription_id
    left join users on subscriptions.user_id = users.user_id
)

select * from final
