{{ config(unique_key=['user_id', 'activity_date']) }}

with platform_days as (
    select * from {{ ref('int_activity__platform_days') }}
),

touched_days as (
    select * from {{ ref('int_activity__touched_days') }}
),

final as (
    select
        user_id,
        cast(sum(event_count) as bigint) as event_count,
        activity_date
    from platform_days
    where
        event_count > 0
        {{- and_is_touched('user_id', 'activity_date') }}
    group by user_id, activity_date
)

select * from final
