with assignments as (
    select * from {{ ref('stg_experiments__experiment_assignments') }}
),

experiments as (
    select * from {{ ref('stg_reference__experiments') }}
),

variants as (
    select * from {{ ref('stg_reference__experiment_variants') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

numbered as (
    select
        assignments.experiment_id,
        assignments.user_id,
        assignments.variant,
        assignments.assigned_at,
        row_number() over (
            partition by assignments.experiment_id, assignments.user_id
            order by assignments.assigned_at, {{ text_order('assignments.variant') }}
        ) as exposure_number
    from assignments
    cross join clock
    -- the allowed skew may reach into the day after
    where {{ local_date('assignments.assigned_at') }} <= clock.as_of_date
),

exposed as (
    select
        experiment_id,
        user_id,
        max(case when exposure_number = 1 then variant end) as variant,
        count(*) as exposures,
        count(distinct variant) as variants,
        min(assigned_at) as exposed_at
    from numbered
    group by experiment_id, user_id
),

judged as (
    select
        exposed.*,
        case
            when experiments.experiment_id is null then 'unknown_experiment'
            when variants.variant is null then 'unknown_variant'
            when not users.is_counted then 'not_counted'
            when exposed.variants > 1 then 'several_variants'
            when exposed.exposed_at < experiments.started_at then 'before_start'
            when exposed.exposed_at >= experiments.ended_at then 'after_end'
        end as exclusion_reason
    from exposed
    left join experiments on exposed.experiment_id = experiments.experiment_id
    left join variants on exposed.experiment_id = variants.experiment_id and exposed.variant = variants.variant
    left join users on exposed.user_id = users.user_id
),

final as (
    select
        experiment_id,
        user_id,
        variant,
        exclusion_reason is not null as is_excluded,
        exclusion_reason,
        exposures,
        exposed_at
    from judged
)

select * from final
