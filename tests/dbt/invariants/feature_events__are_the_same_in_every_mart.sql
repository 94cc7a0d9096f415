-- for each feature, each mart compared with the events themselves
with expected as (
    select events.feature_id, count(*) as events
    from {{ ref('int_activity__events') }} as events
    inner join {{ ref('int_activity__users') }} as users on events.user_id = users.user_id
    cross join {{ ref('stg_clock__as_of') }} as clock
    where
        events.is_activity
        and events.feature_id is not null
        and users.is_counted
        and events.event_date <= clock.as_of_date
    group by events.feature_id
),

found as (
    select 'fct_feature_usage_daily' as mart, feature_id, sum(events) as events
    from {{ ref('fct_feature_usage_daily') }}
    group by feature_id
    union all
    select 'fct_feature_heatmap' as mart, feature_id, sum(events) as events
    from {{ ref('fct_feature_heatmap') }}
    group by feature_id
    union all
    select 'fct_feature_adoption by ' || period_grain as mart, feature_id, sum(events) as events
    from {{ ref('fct_feature_adoption') }}
    group by period_grain, feature_id
)

select found.mart, found.feature_id, found.events, expected.events as expected_events
from found
left join expected on found.feature_id = expected.feature_id
where found.events <> coalesce(expected.events, 0)
