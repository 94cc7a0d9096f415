{{ config(unique_key=['user_id', 'activity_date']) }}

with events as (
    select * from {{ ref('int_activity__events') }}
),

touched_days as ( -- noqa: ST03
    select * from {{ ref('int_activity__touched_days') }}
),

final as (
    select
        user_id,
        platform,
        count(*) filter (where is_activity) as event_count,
        event_date as activity_date,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from events
    where
        user_id is not null
        {{- and_is_touched('user_id', 'event_date') }}
    group by user_id, event_date, platform
)

select * from final
