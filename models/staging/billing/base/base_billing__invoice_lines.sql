with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

rates as (
    select distinct currency from {{ ref('stg_reference__exchange_rates') }}
),

renamed as (
    select
        line_id,
        invoice_id,
        {{ blank_to_null('subscription_id') }} as subscription_id,
        {{ utc_timestamp('issued_at') }} as issued_at,
        kind,
        {{ utc_timestamp('period_start') }} as period_start,
        {{ utc_timestamp('period_end') }} as period_end,
        amount as amount_minor_units,
        upper(currency) as currency,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('billing', 'invoice_lines') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['line_id', 'invoice_id'],
            timestamp='issued_at',
            declared=['billing', 'invoice_lines'],
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
            key=['line_id'],
            keep='latest',
            contents=['issued_at', 'invoice_id', 'subscription_id', 'kind', 'period_start', 'period_end', 'amount_minor_units', 'currency'],
            plain=['issued_at', 'period_start', 'period_end', 'amount_minor_units']
        ) }} as arrival_number
    from classified
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
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
