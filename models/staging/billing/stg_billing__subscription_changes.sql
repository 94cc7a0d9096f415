with classified as (
    select * from {{ ref('base_billing__subscription_changes') }}
),

final as (
    select
        change_id,
        subscription_id,
        changed_at,
        sequence,
        status,
        plan_id,
        billing_interval,
        interval_count,
        quantity,
        unit_amount_minor_units,
        amount_minor_units,
        discount_percent,
        discount_amount_minor_units,
        discount_ends_at,
        collection_paused,
        currency,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
