{%- set mau_days = checked_var('mau_window_days') | int -%}

with user_days as (
    select * from {{ ref('int_activity__user_days') }}
),

window_changes as (
    select * from {{ ref('int_activity__user_window_changes') }}
),

user_segments as (
    select * from {{ ref('int_activity__user_segments') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    select
        min(user_days.activity_date) as first_date,
        max(clock.as_of_date) as last_date
    from user_days
    cross join clock
),

dates as (
    select date from {{ date_series('date_range', 'first_date', 'last_date') }} as series
),

active_segments as (
    select distinct
        user_segments.segment_name,
        user_segments.segment_value
    from user_segments
    inner join user_days on user_segments.user_id = user_days.user_id
),

daily as (
    select
        user_segments.segment_name,
        user_segments.segment_value,
        user_days.activity_date as date,
        count(*) as dau
    from user_days
    inner join user_segments on user_days.user_id = user_segments.user_id
    group by user_segments.segment_name, user_segments.segment_value, user_days.activity_date
),

changes as (
    select
        user_segments.segment_name,
        user_segments.segment_value,
        window_changes.date,
        sum(case when window_changes.window_name = 'wau' then window_changes.change else 0 end) as wau_change,
        sum(case when window_changes.window_name = 'mau' then window_changes.change else 0 end) as mau_change
    from window_changes
    inner join user_segments on window_changes.user_id = user_segments.user_id
    group by user_segments.segment_name, user_segments.segment_value, window_changes.date
),

rolled as (
    select
        dates.date,
        active_segments.segment_name,
        active_segments.segment_value,
        coalesce(daily.dau, 0) as dau,
        sum(coalesce(changes.wau_change, 0)) over so_far as wau,
        sum(coalesce(changes.mau_change, 0)) over so_far as mau,
        sum(coalesce(daily.dau, 0)) over mau_window as active_user_days,
        count(*) over mau_window as window_days
    from dates
    cross join active_segments
    left join daily
        on dates.date = daily.date
        and active_segments.segment_name = daily.segment_name
        and active_segments.segment_value = daily.segment_value
    left join changes
        on dates.date = changes.date
        and active_segments.segment_name = changes.segment_name
        and active_segments.segment_value = changes.segment_value
    window
        so_far as (
            partition by active_segments.segment_name, active_segments.segment_value
            order by dates.date
            rows between unbounded preceding and current row
        ),
        mau_window as (
            partition by active_segments.segment_name, active_segments.segment_value
            order by dates.date
            rows between {{ mau_days - 1 }} preceding and current row
        )
),

final as (
    select
        rolled.date,
        rolled.segment_name,
        rolled.segment_value,
        {{ add_days('date_range.first_date', mau_days - 1) }} <= rolled.date as is_full_window,
        rolled.date <= date_range.last_date as is_complete,
        cast(rolled.dau as bigint) as dau,
        cast(rolled.wau as bigint) as wau,
        cast(rolled.mau as bigint) as mau,
        cast(rolled.active_user_days as double precision)
        / nullif(rolled.window_days * rolled.mau, 0) as stickiness_rate,
        cast(rolled.dau as double precision) / nullif(rolled.mau, 0) as dau_mau_rate,
        date_range.last_date as as_of_date
    from rolled
    cross join date_range
)

select * from final
