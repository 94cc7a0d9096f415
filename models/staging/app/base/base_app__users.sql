with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

renamed as (
    select
        user_id,
        {{ blank_to_null('account_id') }} as account_id,
        {{ blank_to_null('email') }} as email,
        {{ blank_to_null('full_name') }} as full_name,
        {{ blank_to_null('role') }} as role,
        {{ blank_to_null('country') }} as country,
        {{ blank_to_null('acquisition_channel') }} as acquisition_channel,
        coalesce(is_internal, false) as is_internal,
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('deleted_at') }} as deleted_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('app', 'users') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['user_id'],
            timestamp='created_at'
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['user_id'],
            keep='latest',
            updated_at='updated_at',
            contents=['created_at', 'account_id', 'email', 'full_name', 'role', 'country', 'acquisition_channel', 'is_internal', 'deleted_at', 'updated_at'],
            plain=['is_internal', 'created_at', 'deleted_at', 'updated_at']
        ) }} as arrival_number
    from classified
),

final as (
    select
        user_id,
        account_id,
        email,
        full_name,
        role,
        country,
        acquisition_channel,
        is_internal,
        created_at,
        deleted_at,
        updated_at,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
