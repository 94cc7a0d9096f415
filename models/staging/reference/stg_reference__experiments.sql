with experiments as (
    select * from {{ ref('experiments') }}
),

final as (
    select
        experiment_id,
        coalesce(name, experiment_id) as name,
        control_variant,
        owner,
        description,
        started_at,
        ended_at
    from experiments
)

select * from final
