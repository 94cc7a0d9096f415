with invoices as (
    select * from {{ ref('stg_billing__invoices') }}
),

contracts as (
    select * from {{ ref('int_revenue__contracts') }}
),

final as (
    select
        invoices.invoice_id,
        coalesce(contracts.account_id, invoices.account_id) as account_id
    from invoices
    left join contracts on invoices.subscription_id = contracts.subscription_id
    where coalesce(contracts.account_id, invoices.account_id) is not null
)

select * from final
