with classified as (
    select * from {{ ref('base_billing__subscriptions') }}
),

final as (
    select
        subscription_id,
        account_id,
        user_id,
        created_at,
        trial_ends_at,
        cancel_requested_at,
        ended_at,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
