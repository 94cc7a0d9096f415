{{ config(materialized='table') }}

{%- set arrivals = {
    'key': ['change_id'],
    'keep': 'first',
    'contents': [
        'changed_at', 'subscription_id', 'sequence', 'status', 'plan_id', 'billing_interval', 'interval_count', 'quantity',
        'unit_amount_minor_units', 'amount_minor_units', 'discount_percent', 'discount_amount_minor_units', 'discount_ends_at',
        'collection_paused', 'currency'
    ],
    'plain': [
        'changed_at', 'sequence', 'interval_count', 'quantity', 'unit_amount_minor_units', 'amount_minor_units', 'discount_percent',
        'discount_amount_minor_units', 'discount_ends_at', 'collection_paused'
    ],
} -%}

with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

rates as (
    select distinct currency from {{ ref('stg_reference__exchange_rates') }}
),

renamed as (
    select
        change_id,
        subscription_id,
        {{ utc_timestamp('changed_at') }} as changed_at,
        sequence,
        status,
        plan_id,
        billing_interval,
        interval_count,
        quantity,
        unit_amount as unit_amount_minor_units,
        amount as amount_minor_units,
        discount_percent,
        discount_amount as discount_amount_minor_units,
        {{ utc_timestamp('discount_ends_at') }} as discount_ends_at,
        collection_paused,
        upper(currency) as currency,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('billing', 'subscription_changes') }}
),

-- a product of doubles is exact up to nine times the highest amount and needs no wide integers
classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['change_id', 'subscription_id', 'plan_id'],
            timestamp='changed_at',
            declared=['billing', 'subscription_changes'],
            also={
                'out_of_range_unit_amount':
                    'cast(renamed.quantity as double precision) * renamed.unit_amount_minor_units > 1000000000000000',
                'no_exchange_rate': 'rates.currency is null'
            }
        ) }} as rejection_reason
    from renamed
    cross join clock
    left join rates on renamed.currency = rates.currency
),

numbered as (
    select
        *,
        {{ arrival_number(**arrivals) }} as arrival_number,
        {{ is_conflict(**arrivals) }} as is_conflict
    from classified
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
        {{ quarantine_reason() }} as rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
