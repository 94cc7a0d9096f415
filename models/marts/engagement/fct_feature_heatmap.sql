with feature_uses as (
    select * from {{ ref('int_activity__counted_feature_uses') }}
),

features as (
    select * from {{ ref('dim_features') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- grouped by user first, so that distinct users can be counted without a sort
user_cells as (
    select
        user_id,
        feature_id,
        cast(extract(isodow from activity_date) as integer) as weekday,
        hour,
        sum(event_count) as event_count
    from feature_uses
    group by user_id, feature_id, extract(isodow from activity_date), hour
),

used as (
    select
        feature_id,
        weekday,
        hour,
        count(*) as users,
        cast(sum(event_count) as bigint) as events
    from user_cells
    group by feature_id, weekday, hour
),

weekdays as (
    select weekday from (values {% for weekday in range(1, 8) %}({{ weekday }}){{ ', ' if not loop.last }}{% endfor %}) as numbers (weekday)
),

hours as (
    select hour from (values {% for hour in range(24) %}({{ hour }}){{ ', ' if not loop.last }}{% endfor %}) as numbers (hour)
),

final as (
    select
        features.feature_id,
        weekdays.weekday,
        hours.hour,
        coalesce(used.users, 0) as users,
        coalesce(used.events, 0) as events,
        clock.as_of_date
    from features
    cross join weekdays
    cross join hours
    cross join clock
    left join used
        on features.feature_id = used.feature_id
        and weekdays.weekday = used.weekday
        and hours.hour = used.hour
)

select * from final
