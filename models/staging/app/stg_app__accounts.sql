with judged as (
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
    from judged
    where row_status = 'accepted'
)

select * from final
