-- nothing is compared without a control, without a treatment, or with more arms than the distribution function allows
select
    experiments.experiment_id,
    experiments.control_variant,
    count(variants.variant) as variants
from {{ ref('experiments') }} as experiments
left join {{ ref('experiment_variants') }} as variants on experiments.experiment_id = variants.experiment_id
group by experiments.experiment_id, experiments.control_variant
having
    count(case when variants.variant = experiments.control_variant then 1 end) = 0
    or count(variants.variant) not between 2 and 100
