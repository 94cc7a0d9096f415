with classified as (
    select * from {{ ref('base_billing__invoice_lines') }}
),

final as (
    select
        line_id,
        invoice_id,
        subscription_id,
        issued_at,
        kind,
        period_start,
        period_end,
        amount_minor_units,
        currency,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
