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

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

links as (
    select * from {{ ref('int_activity__identity_links') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- an id that is not a user's may be a device's, and then belongs to the user of the device's events at that moment
owned as (
    select
        assignments.experiment_id,
        coalesce(merged_users.user_id, users.user_id, links.user_id, assignments.user_id) as user_id,
        assignments.variant,
        assignments.assigned_at
    from assignments
    cross join clock
    left join merged_users on assignments.user_id = merged_users.merged_user_id
    left join users on assignments.user_id = users.user_id
    left join links
        on assignments.user_id = links.anonymous_id
        and (links.valid_from is null or assignments.assigned_at >= links.valid_from)
        and (links.valid_to is null or assignments.assigned_at < links.valid_to)
    -- the allowed skew may reach into the next day
    where {{ local_date('assignments.assigned_at') }} <= clock.as_of_date
),

numbered as (
    select
        *,
        row_number() over (
            partition by experiment_id, user_id order by assigned_at, {{ text_order('variant') }}
        ) as exposure_number
    from owned
),

exposed as (
    select
        experiment_id,
        user_id,
        max(case when exposure_number = 1 then variant end) as variant,
        count(*) as exposure_count,
        count(distinct variant) as variants,
        min(assigned_at) as exposed_at
    from numbered
    group by experiment_id, user_id
),

assessed as (
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
        exposure_count,
        exposed_at
    from assessed
)

select * from final
