with classified as (
    select * from {{ ref('base_app__user_aliases') }}
),

final as (
    select
        anonymous_id,
        user_id,
        same_as_user_id,
        linked_at,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
