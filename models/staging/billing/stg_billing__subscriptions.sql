with judged as (
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
    from judged
    where row_status = 'accepted'
)

select * from final
