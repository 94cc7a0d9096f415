{%- set horizon = checked_var('unbounded_horizon_periods') | int -%}

with cohort_intervals as (
    select * from {{ ref('int_growth__cohort_intervals') }}
),

attribute_segments as (
    select * from {{ ref('int_growth__attribute_segments') }}
),

kept_cuts as (
    select * from {{ ref('int_growth__kept_cuts') }}
),

brackets as (
    select * from {{ ref('stg_reference__retention_brackets') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

by_attributes as (
    select
        cohort_number,
        attributes_number,
        cohort_basis,
        period_grain,
        is_rolling,
        elapsed_periods,
        count(*) as user_count,
        cohort_start
    from cohort_intervals
    group by cohort_number, attributes_number, cohort_basis, period_grain, is_rolling, elapsed_periods, cohort_start
),

-- by the calendar the same number of periods has elapsed for all users of a cohort
sizes as (
    select
        by_attributes.cohort_number,
        attribute_segments.segment_number,
        by_attributes.cohort_basis,
        by_attributes.period_grain,
        kept_cuts.retention_type,
        attribute_segments.segment_name,
        attribute_segments.segment_value,
        by_attributes.elapsed_periods,
        sum(by_attributes.user_count) as user_count,
        by_attributes.cohort_start
    from by_attributes
    inner join attribute_segments on by_attributes.attributes_number = attribute_segments.attributes_number
    inner join kept_cuts
        on by_attributes.cohort_basis = kept_cuts.cohort_basis
        and by_attributes.period_grain = kept_cuts.period_grain
        and by_attributes.is_rolling = kept_cuts.is_rolling
        and attribute_segments.segment_name = kept_cuts.segment_name
    group by
        by_attributes.cohort_number,
        attribute_segments.segment_number,
        by_attributes.cohort_basis,
        by_attributes.period_grain,
        kept_cuts.retention_type,
        attribute_segments.segment_name,
        attribute_segments.segment_value,
        by_attributes.elapsed_periods,
        by_attributes.cohort_start
),

date_range as (
    {{ date_range('sizes', 'cohort_start') }}
),

begun as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        sizes.*,
        {{ periods_between(grain, 'sizes.cohort_start', 'periods.period_start') }} as period_number
    from sizes
    inner join {{ periods('date_range', [grain]) }} as periods
        on sizes.period_grain = periods.period_grain
        and sizes.cohort_start <= periods.period_start
    {%- if grain == 'day' %}
    where {{ days_between('sizes.cohort_start', 'periods.period_start') }} <= {{ checked_var('retention_max_day') }}
    {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

typed as (
    select
        begun.*,
        case begun.retention_type
            when 'bracket' then brackets.last_period
            {%- if horizon > 0 %}
            when 'unbounded' then {{ horizon }}
            {%- endif %}
            else begun.period_number
        end as last_period_number
    from begun
    left join brackets
        on begun.period_grain = brackets.period_grain
        and begun.period_number = brackets.first_period
    where
        case begun.retention_type
            when 'bracket' then brackets.last_period is not null
            {%- if horizon > 0 %}
            when 'unbounded' then begun.period_number <= {{ horizon }}
            {%- endif %}
            else true
        end
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
