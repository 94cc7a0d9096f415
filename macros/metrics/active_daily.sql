{# Units active on a date, in the 7 days and in the MAU window that end on it: one row per date and segment, from
   the first active date to the as-of date.
     days            relation with one row per unit and activity_date
     window_changes  what `active_window_changes` makes of it
     segments        relation with one row per unit and segment
     clock           relation with the as-of date
     unit            column that names the unit #}
{% macro active_daily(days, window_changes, segments, clock, unit) -%}
    {%- set mau_days = checked_var('mau_window_days') | int -%}
    with daily as (
        select
            days.activity_date as date,
            segments.segment_name,
            segments.segment_value,
            count(*) as dau
        from {{ days }} as days
        inner join {{ segments }} as segments on days.{{ unit }} = segments.{{ unit }}
        group by days.activity_date, segments.segment_name, segments.segment_value
    ),

    changes as (
        select
            window_changes.date,
            segments.segment_name,
            segments.segment_value,
            sum(case when window_changes.window_name = 'wau' then window_changes.change else 0 end) as wau_change,
            sum(case when window_changes.window_name = 'mau' then window_changes.change else 0 end) as mau_change
        from {{ window_changes }} as window_changes
        inner join {{ segments }} as segments on window_changes.{{ unit }} = segments.{{ unit }}
        group by window_changes.date, segments.segment_name, segments.segment_value
    ),

    date_range as (
        select
            min(daily.date) as first_date,
            max(clock.as_of_date) as last_date
        from daily
        cross join {{ clock }} as clock
    ),

    dates as (
        select date from {{ date_series('date_range', 'first_date', 'last_date') }} as series
    ),

    -- added up and not joined, so that each date and segment has a row
    measured as (
        select date, segment_name, segment_value, dau, 0 as wau_change, 0 as mau_change from daily

        union all

        select date, segment_name, segment_value, 0 as dau, wau_change, mau_change from changes

        union all

        select dates.date, segments.segment_name, segments.segment_value, 0 as dau, 0 as wau_change, 0 as mau_change
        from dates
        cross join (select distinct segment_name, segment_value from daily) as segments
    ),

    rolled as (
        select
            date,
            segment_name,
            segment_value,
            sum(dau) as dau,
            sum(sum(wau_change)) over so_far as wau,
            sum(sum(mau_change)) over so_far as mau,
            sum(sum(dau)) over mau_window as active_unit_days,
            count(*) over mau_window as window_days
        from measured
        group by date, segment_name, segment_value
        window
            so_far as (
                partition by segment_name, segment_value order by date
                rows between unbounded preceding and current row
            ),
            mau_window as (
                partition by segment_name, segment_value order by date
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
            cast(rolled.active_unit_days as double precision)
            / nullif(rolled.window_days * rolled.mau, 0) as stickiness_rate,
            cast(rolled.dau as double precision) / nullif(rolled.mau, 0) as dau_mau_rate,
            date_range.last_date as as_of_date
        from rolled
        cross join date_range
        -- windows may end after it
        where rolled.date <= date_range.last_date
    )

    select * from final
{%- endmacro %}
