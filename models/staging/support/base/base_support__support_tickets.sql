with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

renamed as (
    select
        ticket_id,
        {{ blank_to_null('account_id') }} as account_id,
        {{ blank_to_null('user_id') }} as user_id,
        {{ utc_timestamp('opened_at') }} as opened_at,
        {{ utc_timestamp('first_response_at') }} as first_response_at,
        {{ utc_timestamp('resolved_at') }} as resolved_at,
        reopened_count,
        {{ blank_to_null('priority') }} as priority,
        {{ blank_to_null('category') }} as category,
        satisfaction_score,
        load_id,
        {{ utc_timestamp('loaded_at') }} as loaded_at
    from {{ source('support', 'support_tickets') }}
),

classified as (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['ticket_id'],
            timestamp='opened_at'
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        *,
        {{ arrival_number(
            key=['ticket_id'],
            keep='latest',
            contents=['opened_at', 'account_id', 'user_id', 'first_response_at', 'resolved_at', 'reopened_count', 'priority', 'category', 'satisfaction_score'],
            plain=['opened_at', 'first_response_at', 'resolved_at', 'reopened_count', 'satisfaction_score']
        ) }} as arrival_number
    from classified
),

final as (
    select
        ticket_id,
        account_id,
        user_id,
        opened_at,
        first_response_at,
        resolved_at,
        reopened_count,
        priority,
        category,
        satisfaction_score,
        rejection_reason,
        {{ row_status() }} as row_status,
        load_id,
        loaded_at
    from numbered
)

select * from final
