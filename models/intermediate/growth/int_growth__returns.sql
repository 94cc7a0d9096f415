{{ config(pre_hook="{{ prefer_scanning() }}") }}

{%- set horizon = checked_var('unbounded_horizon_periods') | int -%}
{%- set max_day = checked_var('retention_max_day') -%}
{%- set has_cell = "period_number < elapsed_periods and (period_grain <> 'day' or period_number <= " ~ max_day ~ ')' -%}

with cohort_intervals as (
    select * from {{ ref('int_growth__cohort_intervals') }}
),

user_periods as (
    select * from {{ ref('int_activity__user_periods') }}
),

events as (
    select * from {{ ref('int_activity__events') }}
),

brackets as (
    select * from {{ ref('stg_reference__retention_brackets') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

calendar as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        cohort_intervals.cohort_number,
        cohort_intervals.attributes_number,
        cohort_intervals.user_id,
        cohort_intervals.period_grain,
        {{ periods_between(grain, 'cohort_intervals.cohort_start', 'user_periods.period_start') }} as period_number,
        cohort_intervals.elapsed_periods
    from cohort_intervals
    inner join user_periods
        on cohort_intervals.user_id = user_periods.user_id
        and cohort_intervals.period_grain = user_periods.period_grain
        and cohort_intervals.cohort_start <= user_periods.period_start
    where
        not cohort_intervals.is_rolling
        and cohort_intervals.period_grain = '{{ grain }}'
        and user_periods.lifecycle_state <> 'dormant'
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- the last return stands for all before it, and a return after the last cell stands for that cell
last_returns as (
    select
        cohort_number,
        attributes_number,
        user_id,
        case
            when period_grain = 'day' then least(max(period_number), {{ max_day }})
            else max(period_number)
        end as period_number
    from calendar
    {%- if horizon > 0 %}
    where period_number <= {{ horizon }}
    {%- endif %}
    group by cohort_number, attributes_number, user_id, period_grain
),

in_brackets as (
    select distinct
        calendar.cohort_number,
        calendar.attributes_number,
        calendar.user_id,
        brackets.first_period as period_number
    from calendar
    inner join brackets
        on calendar.period_grain = brackets.period_grain
        and calendar.period_number >= brackets.first_period
        and calendar.period_number <= brackets.last_period
    where brackets.last_period < calendar.elapsed_periods
),

-- the user's own days, counted from the moment at which the user began
own_days as (
    select distinct
        began.cohort_basis,
        began.user_id,
        {{ whole_hours_between('began.started_at', 'events.occurred_at', 24) }} as day_number
    from (
        select distinct cohort_basis, user_id, started_at from cohort_intervals where is_rolling
    ) as began
    inner join events
        on began.user_id = events.user_id
        and began.started_at <= events.occurred_at
    cross join clock
    where
        events.is_activity
        -- the allowed skew may reach into the next day
        and events.event_date <= clock.as_of_date
),

rolling as (
    select distinct
        cohort_intervals.cohort_number,
        cohort_intervals.attributes_number,
        cohort_intervals.user_id,
        cohort_intervals.period_grain,
        case cohort_intervals.period_grain
            when 'day' then own_days.day_number
            else cast(floor(own_days.day_number / 7) as integer)
        end as period_number,
        cohort_intervals.elapsed_periods
    from cohort_intervals
    inner join own_days
        on cohort_intervals.cohort_basis = own_days.cohort_basis
        and cohort_intervals.user_id = own_days.user_id
    where cohort_intervals.is_rolling
),

final as (
    {%- for type, found, condition in [
        ('bounded', 'calendar', has_cell),
        ('unbounded', 'last_returns', none),
        ('bracket', 'in_brackets', none),
        ('rolling_24h', 'rolling', has_cell),
    ] %}
    select
        cohort_number,
        '{{ type }}' as retention_type,
        attributes_number,
        period_number,
        count(*) as users
    from {{ found }}
    {%- if condition %}
    where {{ condition }}
    {%- endif %}
    group by cohort_number, attributes_number, period_number
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
