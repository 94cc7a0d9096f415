with classified as (
    select * from {{ ref('base_feedback__nps_responses') }}
),

final as (
    select
        response_id,
        user_id,
        responded_at,
        score,
        category,
        comment,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
