with judged as (
    select * from {{ ref('base_billing__subscription_changes') }}
),

final as (
    select
        change_id,
        subscription_id,
        changed_at,
        status,
        plan_id,
        billing_interval,
        quantity,
        unit_amount_cents,
        discount_percent,
        discount_ends_at,
        currency,
        loaded_at
    from judged
    where {{ is_accepted() }}
)

select * from final
