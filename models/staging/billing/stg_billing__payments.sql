with classified as (
    select * from {{ ref('base_billing__payments') }}
),

final as (
    select
        payment_id,
        invoice_id,
        account_id,
        user_id,
        attempted_at,
        kind,
        status,
        amount_minor_units,
        currency,
        failure_code,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
