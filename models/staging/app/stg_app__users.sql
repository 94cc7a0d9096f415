with classified as (
    select * from {{ ref('base_app__users') }}
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
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
