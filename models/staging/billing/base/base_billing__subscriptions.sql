with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

renamed as (
    select
        subscription_id,
        {{ blank_to_null('account_id') }} as account_id,
        {{ blank_to_null('user_id') }} as user_id,
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('trial_ends_at') }} as trial_ends_at,
        {{ utc_timestamp('cancel_requested_at') }} as cancel_requested_at,
        {{ utc_timestamp('ended_at') }} as ended_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('billing', 'subscriptions') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['subscription_id'],
            timestamp='created_at',
            any_id=['account_id', 'user_id']
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['subscription_id'],
            keep='latest',
            updated_at='updated_at',
            contents=['created_at', 'account_id', 'user_id', 'trial_ends_at', 'cancel_requested_at', 'ended_at', 'updated_at'],
            plain=['created_at', 'trial_ends_at', 'cancel_requested_at', 'ended_at', 'updated_at']
        ) }} as arrival_number
    from classified
),

final as (
    select
        subscription_id,
        account_id,
        user_id,
        created_at,
        trial_ends_at,
        cancel_requested_at,
        ended_at,
        updated_at,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
