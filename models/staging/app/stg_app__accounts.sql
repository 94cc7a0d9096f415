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
    where {{ is_accepted() }}
)

select * from final
