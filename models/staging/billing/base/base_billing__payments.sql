with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

rates as (
    select distinct currency from {{ ref('stg_reference__exchange_rates') }}
),

renamed as (
    select
        payment_id,
        {{ blank_to_null('invoice_id') }} as invoice_id,
        {{ blank_to_null('account_id') }} as account_id,
        {{ blank_to_null('user_id') }} as user_id,
        {{ utc_timestamp('attempted_at') }} as attempted_at,
        kind,
        status,
        amount as amount_minor_units,
        upper(currency) as currency,
        {{ blank_to_null('failure_code') }} as failure_code,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('billing', 'payments') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['payment_id'],
            timestamp='attempted_at',
            declared=['billing', 'payments'],
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
            key=['payment_id'],
            keep='latest',
            contents=[
                'attempted_at', 'invoice_id', 'account_id', 'user_id', 'kind', 'status', 'amount_minor_units', 'currency', 'failure_code'
            ],
            plain=['attempted_at', 'amount_minor_units']
        ) }} as arrival_number
    from classified
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
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
