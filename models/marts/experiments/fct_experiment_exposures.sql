with exposures as (
    select * from {{ ref('int_experiments__exposures') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        exposures.experiment_id,
        exposures.user_id,
        exposures.variant,
        exposures.is_excluded,
        exposures.exclusion_reason,
        exposures.exposure_count,
        exposures.exposed_at,
        clock.as_of_date
    from exposures
    cross join clock
)

select * from final
