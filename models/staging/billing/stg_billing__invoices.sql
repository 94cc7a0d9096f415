with classified as (
    select * from {{ ref('base_billing__invoices') }}
),

final as (
    select
        invoice_id,
        subscription_id,
        account_id,
        issued_at,
        due_at,
        period_start,
        period_end,
        amount_due_minor_units,
        currency,
        status,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
