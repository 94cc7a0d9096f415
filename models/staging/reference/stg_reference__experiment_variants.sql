with experiment_variants as (
    select * from {{ ref('experiment_variants') }}
),

experiments as (
    select * from {{ ref('experiments') }}
),

final as (
    select
        experiment_variants.experiment_id,
        experiment_variants.variant,
        experiment_variants.variant = experiments.control_variant as is_control,
        coalesce(experiment_variants.planned_share, 1) as planned_share
    from experiment_variants
    inner join experiments on experiment_variants.experiment_id = experiments.experiment_id
)

select * from final
