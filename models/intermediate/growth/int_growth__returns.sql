{%- set horizon = checked_var('unbounded_horizon_periods') | int -%}
{%- set has_cell = "(period_grain <> 'day' or period_number <= " ~ checked_var('retention_max_day') ~ ')' -%}

with cohort_spans as (
    select * from {{ ref('int_growth__cohort_spans') }}
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
        cohort_spans.cohort_basis,
        cohort_spans.user_id,
        cohort_spans.period_grain,
        {{ periods_between(grain, 'cohort_spans.cohort_start', 'user_periods.period_start') }} as period_number,
        cohort_spans.elapsed_periods,
        cohort_spans.cohort_number,
        cohort_spans.attributes_number
    from cohort_spans
    inner join user_periods
        on cohort_spans.user_id = user_periods.user_id
        and cohort_spans.period_grain = user_periods.period_grain
        and cohort_spans.cohort_start <= user_periods.period_start
    where
        not cohort_spans.is_rolling
        and cohort_spans.period_grain = '{{ grain }}'
        and user_periods.lifecycle_state <> 'dormant'
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- days of the user's own, from the moment he began
own_days as (
    select distinct
        cohort_spans.cohort_basis,
        cohort_spans.user_id,
        {{ spans_between('cohort_spans.started_at', 'events.occurred_at', 24) }} as day_number
    from cohort_spans
    inner join events
        on cohort_spans.user_id = events.user_id
        and cohort_spans.started_at <= events.occurred_at
    cross join clock
    where
        cohort_spans.is_rolling
        and cohort_spans.period_grain = 'day'
        and events.is_activity
        -- the allowed skew may reach into the day after
        and events.event_date <= clock.as_of_date
),

rolling as (
    select distinct
        cohort_spans.cohort_basis,
        cohort_spans.user_id,
        cohort_spans.period_grain,
        case cohort_spans.period_grain
            when 'day' then own_days.day_number
            else cast(floor(own_days.day_number / 7.0) as integer)
        end as period_number,
        cohort_spans.elapsed_periods,
        cohort_spans.cohort_number,
        cohort_spans.attributes_number
    from cohort_spans
    inner join own_days
        on cohort_spans.cohort_basis = own_days.cohort_basis
        and cohort_spans.user_id = own_days.user_id
    where cohort_spans.is_rolling
),

final as (
    select cohort_basis, user_id, period_grain, 'bounded' as retention_type, period_number, cohort_number, attributes_number
    from calendar
    where period_number < elapsed_periods and {{ has_cell }}

    union all

    -- the last return stands for all before it, and one after the last cell for that
    select
        cohort_basis,
        user_id,
        period_grain,
        'unbounded' as retention_type,
        case
            when period_grain = 'day' then least(max(period_number), {{ checked_var('retention_max_day') }})
            else max(period_number)
        end as period_number,
        cohort_number,
        attributes_number
    from calendar
    {%- if horizon > 0 %}
    where period_number <= {{ horizon }}
    {%- endif %}
    group by cohort_basis, user_id, period_grain, cohort_number, attributes_number

    union all

    select cohort_basis, user_id, period_grain, 'rolling_24h' as retention_type, period_number, cohort_number, attributes_number
    from rolling
    where period_number < elapsed_periods and {{ has_cell }}

    union all

    select distinct
        calendar.cohort_basis,
        calendar.user_id,
        calendar.period_grain,
        'bracket' as retention_type,
        brackets.first_period as period_number,
        calendar.cohort_number,
        calendar.attributes_number
    from calendar
    inner join brackets
        on calendar.period_grain = brackets.period_grain
        and calendar.period_number >= brackets.first_period
        and calendar.period_number <= brackets.last_period
    where brackets.last_period < calendar.elapsed_periods
)

select * from final
