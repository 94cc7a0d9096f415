{%- set horizon = checked_var('unbounded_horizon_periods') | int -%}

with cohort_sizes as (
    select * from {{ ref('int_growth__cohort_sizes') }}
),

brackets as (
    select * from {{ ref('stg_reference__retention_brackets') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    select
        min(cohort_sizes.cohort_start) as first_date,
        max(clock.as_of_date) as last_date
    from cohort_sizes
    cross join clock
),

begun as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        cohort_sizes.*,
        {{ periods_between(grain, 'cohort_sizes.cohort_start', 'periods.period_start') }} as period_number
    from cohort_sizes
    inner join {{ periods('date_range', [grain]) }} as periods
        on cohort_sizes.period_grain = periods.period_grain
        and cohort_sizes.cohort_start <= periods.period_start
    {%- if grain == 'day' %}
    where
        {{ days_between('cohort_sizes.cohort_start', 'periods.period_start') }} <= {{ checked_var('retention_max_day') }}
    {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

typed as (
    select begun.*, 'bounded' as retention_type, period_number as last_period_number
    from begun
    where not is_rolling

    union all

    select begun.*, 'rolling_24h' as retention_type, period_number as last_period_number
    from begun
    where is_rolling

    union all

    select
        begun.*,
        'unbounded' as retention_type,
        {{ horizon if horizon > 0 else 'period_number' }} as last_period_number
    from begun
    where not is_rolling
    {%- if horizon > 0 %} and period_number <= {{ horizon }}{% endif %}

    union all

    select begun.*, 'bracket' as retention_type, brackets.last_period as last_period_number
    from begun
    inner join brackets
        on begun.period_grain = brackets.period_grain
        and begun.period_number = brackets.first_period
    where not begun.is_rolling
),

final as (
    select
        cohort_number,
        segment_number,
        cohort_basis,
        period_grain,
        retention_type,
        segment_name,
        segment_value,
        period_number,
        last_period_number,
        cast(sum(user_count) as bigint) as cohort_users,
        cast(sum(case when elapsed_periods > last_period_number then user_count else 0 end) as bigint) as eligible_users,
        cohort_start
    from typed
    group by
        cohort_number,
        segment_number,
        cohort_basis,
        period_grain,
        retention_type,
        segment_name,
        segment_value,
        period_number,
        last_period_number,
        cohort_start
)

select * from final
