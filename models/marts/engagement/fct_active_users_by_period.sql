{%- set attributes = segment_columns('user') -%}
{%- set states = ['new', 'retained', 'resurrected', 'dormant'] -%}

with user_periods as (
    select * from {{ ref('int_activity__user_periods') }}
),

user_attributes as (
    select * from {{ ref('int_activity__user_attributes') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('user_periods', 'period_start', where="user_periods.period_grain = 'day'") }}
),

periods as (
    select * from {{ periods('date_range', ['day', 'week', 'month']) }} as all_periods
),

-- counted by all attributes at once and split into segments at the end, when few rows are left
by_attributes as (
    select
        {%- for attribute in attributes %}
        user_attributes.{{ attribute }},
        {%- endfor %}
        user_periods.period_grain,
        user_periods.period_start,
        {%- for state in states %}
        count(*) filter (where user_periods.lifecycle_state = '{{ state }}') as {{ state }}_users{{ ',' if not loop.last }}
        {%- endfor %}
    from user_periods
    inner join user_attributes on user_periods.user_id = user_attributes.user_id
    group by
        {%- for attribute in attributes %}
        user_attributes.{{ attribute }},
        {%- endfor %}
        user_periods.period_grain,
        user_periods.period_start
),

segmented as (
    {{ segments(
        'by_attributes',
        'user',
        columns=['period_grain', 'period_start', 'new_users', 'retained_users', 'resurrected_users', 'dormant_users']
    ) }}
),

counted as (
    select
        period_grain,
        period_start,
        segment_name,
        segment_value,
        {%- for state in states %}
        cast(sum({{ state }}_users) as bigint) as {{ state }}_users{{ ',' if not loop.last }}
        {%- endfor %}
    from segmented
    group by period_grain, period_start, segment_name, segment_value
),

active_segments as (
    select distinct segment_name, segment_value from counted
),

filled as (
    select
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        active_segments.segment_name,
        active_segments.segment_value,
        coalesce(counted.new_users, 0) as new_users,
        coalesce(counted.retained_users, 0) as retained_users,
        coalesce(counted.resurrected_users, 0) as resurrected_users,
        coalesce(counted.dormant_users, 0) as dormant_users
    from periods
    cross join active_segments
    left join counted on {{ is_same_cell('periods', 'active_segments', 'counted') }}
),

final as (
    select
        filled.period_grain,
        filled.period_start,
        filled.segment_name,
        filled.segment_value,
        filled.period_end <= clock.as_of_date as is_complete,
        filled.new_users + filled.retained_users + filled.resurrected_users as active_users,
        filled.new_users,
        filled.retained_users,
        filled.resurrected_users,
        filled.dormant_users,
        filled.retained_users + filled.resurrected_users as returning_users,
        filled.retained_users + filled.dormant_users as previous_active_users,
        cast(filled.retained_users as double precision)
        / nullif(filled.retained_users + filled.dormant_users, 0) as retention_rate,
        cast(filled.dormant_users as double precision)
        / nullif(filled.retained_users + filled.dormant_users, 0) as churn_rate,
        cast(filled.new_users + filled.resurrected_users as double precision)
        / nullif(filled.dormant_users, 0) as quick_ratio,
        clock.as_of_date
    from filled
    cross join clock
)

select * from final
