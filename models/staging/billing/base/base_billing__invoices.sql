with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

rates as (
    select distinct currency from {{ ref('stg_reference__exchange_rates') }}
),

renamed as (
    select
        invoice_id,
        {{ blank_to_null('subscription_id') }} as subscription_id,
        {{ blank_to_null('account_id') }} as account_id,
        {{ utc_timestamp('issued_at') }} as issued_at,
        {{ utc_timestamp('due_at') }} as due_at,
        {{ utc_timestamp('period_start') }} as period_start,
        {{ utc_timestamp('period_end') }} as period_end,
        amount_due as amount_due_minor_units,
        upper(currency) as currency,
        status,
        {{ utc_timestamp('updated_at') }} as updated_at,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('billing', 'invoices') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['invoice_id'],
            timestamp='issued_at',
            declared=['billing', 'invoices'],
            also={'no_exchange_rate': 'rates.currency is null'}
        ) }} as rejection_reason
    from renamed
    cross join clock
    left join rates on renamed.currency = rates.currency
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['invoice_id'],
            keep='latest',
            updated_at='updated_at',
            contents=[
                'issued_at', 'subscription_id', 'account_id', 'due_at', 'period_start', 'period_end', 'amount_due_minor_units', 'currency',
                'status', 'updated_at'
            ],
            plain=['issued_at', 'due_at', 'period_start', 'period_end', 'amount_due_minor_units', 'updated_at']
        ) }} as arrival_number
    from classified
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
        updated_at,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
