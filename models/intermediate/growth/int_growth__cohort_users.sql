with events as (
    select * from {{ ref('int_activity__events') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

registrations as (
    select * from {{ ref('int_activity__registrations') }}
),

tracking_plan as (
    select * from {{ ref('stg_reference__tracking_plan') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

first_moments as (
    select
        events.user_id,
        min(case when events.is_activity then events.occurred_at end) as first_activity,
        min(case when tracking_plan.is_value_moment then events.occurred_at end) as first_value_moment
    from events
    cross join clock
    left join tracking_plan on events.event_name = tracking_plan.event_name
    -- the allowed skew may reach into the next day
    where events.user_id is not null and events.event_date <= clock.as_of_date
    group by events.user_id
),

starts as (
    select user_id, 'first_activity' as cohort_basis, first_activity as started_at from first_moments
    union all
    select user_id, 'first_value_moment' as cohort_basis, first_value_moment as started_at from first_moments
    union all
    select user_id, 'signup' as cohort_basis, created_at as started_at from registrations
),

final as (
    select
        starts.cohort_basis,
        starts.user_id,
        users.account_id,
        {{ local_date('starts.started_at') }} as start_date,
        starts.started_at
    from starts
    inner join users on starts.user_id = users.user_id
    cross join clock
    where users.is_counted and {{ local_date('starts.started_at') }} <= clock.as_of_date
)

select * from final
