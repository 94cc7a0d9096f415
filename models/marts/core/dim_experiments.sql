with experiments as (
    select * from {{ ref('stg_reference__experiments') }}
),

exposures as (
    select * from {{ ref('int_experiments__exposures') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

exposed as (
    select distinct experiment_id from exposures
),

bounds as (
    select
        as_of_date,
        {{ start_of_local_date(add_days('as_of_date', 1)) }} as ends_at
    from clock
),

final as (
    select
        coalesce(experiments.experiment_id, exposed.experiment_id) as experiment_id,
        coalesce(experiments.name, exposed.experiment_id) as name,
        experiments.owner,
        experiments.description,
        case
            when experiments.experiment_id is null then 'unlisted'
            when experiments.ended_at <= bounds.ends_at then 'ended'
            when experiments.started_at < bounds.ends_at then 'running'
            when experiments.started_at is null and exposed.experiment_id is not null then 'running'
            else 'planned'
        end as status,
        experiments.control_variant,
        experiments.started_at,
        experiments.ended_at,
        bounds.as_of_date
    from experiments
    full outer join exposed on experiments.experiment_id = exposed.experiment_id
    cross join bounds
)

select * from final
