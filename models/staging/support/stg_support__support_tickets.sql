with classified as (
    select * from {{ ref('base_support__support_tickets') }}
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
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
