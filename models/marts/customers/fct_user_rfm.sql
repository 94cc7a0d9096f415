{%- set window = checked_var('rfm_window_days') | int -%}

with user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

segments as (
    select * from {{ ref('stg_reference__rfm_segments') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

measured as (
    select
        user_days.user_id,
        cast({{ days_between('max(user_days.activity_date)', 'max(clock.as_of_date)') }} as integer) as recency_days,
        count(*) as frequency_days,
        cast(sum(user_days.event_count) as numeric(18, 2)) as monetary_value
    from user_days
    cross join clock
    {%- if window %}
    where user_days.activity_date > {{ add_days('clock.as_of_date', -window) }}
    {%- endif %}
    group by user_days.user_id
),

scored as (
    {{ rfm('measured', 'segments', 'user_id') }}
),

final as (
    select
        scored.user_id,
        scored.segment_name,
        scored.recency_days,
        scored.frequency_days,
        scored.monetary_value,
        scored.r_score,
        scored.f_score,
        scored.m_score,
        clock.as_of_date
    from scored
    cross join clock
)

select * from final
