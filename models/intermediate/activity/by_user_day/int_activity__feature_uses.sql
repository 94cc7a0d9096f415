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
        feature_id,
        {{ local_hour('occurred_at') }} as hour,
        count(*) as event_count,
        event_date as activity_date
    from events
    where
        is_activity
        and user_id is not null
        and feature_id is not null
        {{- and_is_touched('user_id', 'event_date') }}
    group by user_id, feature_id, event_date, {{ local_hour('occurred_at') }}
)

select * from final
