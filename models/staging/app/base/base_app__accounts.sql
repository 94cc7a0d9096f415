with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

renamed as (
    select
        account_id,
        {{ blank_to_null('name') }} as name,
        {{ blank_to_null('industry') }} as industry,
        {{ blank_to_null('company_size') }} as company_size,
        {{ blank_to_null('country') }} as country,
        {{ utc_timestamp('created_at') }} as created_at,
        {{ utc_timestamp('updated_at') }} as updated_at,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('app', 'accounts') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['account_id'],
            timestamp='created_at'
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['account_id'],
            keep='latest',
            updated_at='updated_at',
            contents=['created_at', 'name', 'industry', 'company_size', 'country', 'updated_at'],
            plain=['created_at', 'updated_at']
        ) }} as arrival_number
    from classified
),

final as (
    select
        account_id,
        name,
        industry,
        company_size,
        country,
        created_at,
        updated_at,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
