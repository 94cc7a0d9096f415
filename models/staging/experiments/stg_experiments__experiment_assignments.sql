with classified as (
    select * from {{ ref('base_experiments__experiment_assignments') }}
),

final as (
    select
        experiment_id,
        user_id,
        variant,
        assigned_at,
        loaded_at
    from classified
    where {{ is_accepted() }}
)

select * from final
