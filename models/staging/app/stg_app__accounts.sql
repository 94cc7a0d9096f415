with classified as (
    select * from {{ ref('base_app__accounts') }}
),

final as (
    select
        account_id,
        name,
        industry,
        company_size,
        country,
        created_at,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
