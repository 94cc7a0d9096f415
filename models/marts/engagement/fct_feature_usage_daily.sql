with feature_periods as (
    select * from {{ ref('int_activity__feature_periods') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

features as (
    select * from {{ ref('dim_features') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('user_days', 'activity_date') }}
),

daily as (
    select
        period_start as date,
        feature_id,
        count(*) as users,
        cast(sum(event_count) as bigint) as events
    from feature_periods
    where period_grain = 'day'
    group by period_start, feature_id
),

final as (
    select
        series.date,
        features.feature_id,
        coalesce(daily.users, 0) as users,
        coalesce(daily.events, 0) as events,
        clock.as_of_date
    from {{ date_series('date_range', 'first_date', 'last_date') }} as series
    cross join features
    cross join clock
    left join daily on series.date = daily.date and features.feature_id = daily.feature_id
)

select * from final
