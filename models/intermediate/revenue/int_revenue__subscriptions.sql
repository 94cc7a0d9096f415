with subscriptions as (
    select * from {{ ref('stg_billing__subscriptions') }}
),

changes as (
    select * from {{ ref('stg_billing__subscription_changes') }}
),

users as (
    select * from {{ ref('int_activity__registrations') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

owned as (
    select
        subscriptions.*,
        coalesce(merged_users.user_id, subscriptions.user_id) as owner_id
    from subscriptions
    left join merged_users on subscriptions.user_id = merged_users.merged_user_id
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
            owned.account_id, users.account_id, owned.owner_id, ids.subscription_id
        ) as account_id,
        {{ local_date('owned.cancel_requested_at') }} as cancel_requested_date,
        {{ local_date('owned.ended_at') }} as ended_date
    from ids
    left join owned on ids.subscription_id = owned.subscription_id
    left join users on owned.owner_id = users.user_id
)

select * from final
