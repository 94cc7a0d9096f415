{%- set mau_days = checked_var('mau_window_days') | int -%}
{%- set windows = {'wau': 7, 'mau': mau_days} -%}
{%- set units = {'user': ['user_days', 'user_attributes'], 'account': ['account_days', 'accounts']} -%}

with user_days as (
    select * from {{ ref('int_activity__user_days_so_far') }}
),

user_attributes as (
    select * from {{ ref('int_activity__user_attributes') }}
),

account_days as (
    select * from {{ ref('int_activity__account_days') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

{% for unit, (days, attributes_of) in units.items() -%}
{%- set attributes = segment_columns(unit) -%}
-- A unit counts in a window from an active date that the window of the date before does not reach, until the window of an
-- active date ends before the next one. Counted by all attributes at once and cut into segments when few rows are left.
{{ unit }}_counts as (
    select
        {%- for attribute in attributes %}
        {{ attributes_of }}.{{ attribute }},
        {%- endfor %}
        {{ days }}.activity_date as date,
        {%- for window, length in windows.items() %}
        count(*) filter (
            where {{ days }}.previous_date is null
            or {{ add_days(days ~ '.previous_date', length) }} <= {{ days }}.activity_date
        ) as {{ window }}_begun,
        count(*) filter (
            where {{ days }}.next_date is null
            or {{ add_days(days ~ '.activity_date', length) }} <= {{ days }}.next_date
        ) as {{ window }}_ended,
        {%- endfor %}
        count(*) as dau
    from {{ days }}
    inner join {{ attributes_of }} on {{ days }}.{{ unit }}_id = {{ attributes_of }}.{{ unit }}_id
    group by {% for attribute in attributes %}{{ attributes_of }}.{{ attribute }}, {% endfor %}{{ days }}.activity_date
),

{{ unit }}_segments as (
    {{ segments(unit ~ '_counts', unit, columns=['date', 'dau', 'wau_begun', 'wau_ended', 'mau_begun', 'mau_ended']) }}
),

{% endfor -%}
segmented as (
    {%- for unit in units %}
    select '{{ unit }}' as unit_type, * from {{ unit }}_segments
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

daily as (
    select
        unit_type,
        date,
        segment_name,
        segment_value,
        sum(dau) as dau,
        {%- for window in windows %}
        sum({{ window }}_begun) as {{ window }}_begun,
        sum({{ window }}_ended) as {{ window }}_ended{{ ',' if not loop.last }}
        {%- endfor %}
    from segmented
    group by unit_type, date, segment_name, segment_value
),

-- accounts are active on the dates of their users, so both have the same range
date_range as (
    select
        min(daily.date) as first_date,
        max(clock.last_date) as last_date,
        max(clock.as_of_date) as as_of_date
    from daily
    cross join clock
),

dates as (
    select date from {{ date_series('date_range', 'first_date', 'last_date') }} as series
),

-- a union and not a join, so that each date and segment has a row
measured as (
    select unit_type, date, segment_name, segment_value, dau, wau_begun as wau_change, mau_begun as mau_change from daily

    {%- for window, length in windows.items() %}

    union all

    select
        unit_type,
        {{ add_days('date', length) }} as date,
        segment_name,
        segment_value,
        0 as dau,
        {%- for changed in windows %}
        {{ '-' ~ window ~ '_ended' if changed == window else '0' }} as {{ changed }}_change{{ ',' if not loop.last }}
        {%- endfor %}
    from daily
    {%- endfor %}

    union all

    select
        segments.unit_type,
        dates.date,
        segments.segment_name,
        segments.segment_value,
        0 as dau,
        0 as wau_change,
        0 as mau_change
    from dates
    cross join (select distinct unit_type, segment_name, segment_value from daily) as segments
),

rolled as (
    select
        unit_type,
        date,
        segment_name,
        segment_value,
        sum(dau) as dau,
        sum(sum(wau_change)) over so_far as wau,
        sum(sum(mau_change)) over so_far as mau,
        sum(sum(dau)) over mau_window as active_unit_days,
        count(*) over mau_window as window_days
    from measured
    group by unit_type, date, segment_name, segment_value
    window
        so_far as (
            partition by unit_type, segment_name, segment_value order by date
            rows between unbounded preceding and current row
        ),
        mau_window as (
            partition by unit_type, segment_name, segment_value order by date
            rows between {{ mau_days - 1 }} preceding and current row
        )
),

final as (
    select
        rolled.unit_type,
        rolled.date,
        rolled.segment_name,
        rolled.segment_value,
        {{ add_days('date_range.first_date', mau_days - 1) }} <= rolled.date as is_full_window,
        rolled.date <= date_range.as_of_date as is_complete,
        cast(rolled.dau as bigint) as dau,
        cast(rolled.wau as bigint) as wau,
        cast(rolled.mau as bigint) as mau,
        cast(rolled.active_unit_days as double precision)
        / nullif(rolled.window_days * rolled.mau, 0) as stickiness_rate,
        cast(rolled.dau as double precision) / nullif(rolled.mau, 0) as dau_mau_rate,
        date_range.as_of_date
    from rolled
    cross join date_range
    -- windows may end after the last date
    where rolled.date <= date_range.last_date
)

select * from final
