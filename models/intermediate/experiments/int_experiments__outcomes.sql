with exposures as (
    select * from {{ ref('int_experiments__exposures') }}
),

metrics as (
    select * from {{ ref('stg_reference__experiment_metrics') }}
),

outcome_events as (
    select * from {{ ref('int_experiments__outcome_events') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- week 0 is the whole window
weeks as (
    select
        experiment_id,
        metric_id,
        0 as week_number,
        0 as from_day,
        window_days as to_day
    from metrics

    union all

    select
        metrics.experiment_id,
        metrics.metric_id,
        cast(numbers.number as integer) as week_number,
        cast(7 * (numbers.number - 1) as integer) as from_day,
        cast(least(7 * numbers.number, metrics.window_days) as integer) as to_day
    from metrics
    inner join generate_series(1, 53) as numbers (number) on 7 * (numbers.number - 1) < metrics.window_days
),

windows as (
    select
        exposures.experiment_id,
        metrics.metric_id,
        metrics.kind,
        metrics.is_cuped,
        exposures.user_id,
        exposures.variant,
        weeks.week_number,
        exposures.exposed_at + interval '1 day' * weeks.to_day
        <= {{ start_of_local_date(add_days('clock.as_of_date', 1)) }} as is_closed,
        exposures.exposed_at + interval '1 day' * weeks.from_day as begins_at,
        exposures.exposed_at + interval '1 day' * weeks.to_day as ends_at
    from exposures
    inner join metrics on exposures.experiment_id = metrics.experiment_id
    inner join weeks on metrics.experiment_id = weeks.experiment_id and metrics.metric_id = weeks.metric_id
    cross join clock
    where not exposures.is_excluded
),

measured as (
    select
        windows.experiment_id,
        windows.metric_id,
        windows.kind,
        windows.is_cuped,
        windows.user_id,
        windows.variant,
        windows.week_number,
        windows.is_closed,
        -- in a fixed order, because the sum of floats depends on the order
        {%- for name, condition in [
            ('value', 'not is_before and not is_denominator'),
            ('denominator', 'not is_before and is_denominator'),
            ('covariate', 'is_before and not is_denominator'),
        ] %}
        coalesce(sum(case when {{ condition }} then outcome_events.value end order by
            outcome_events.occurred_at, {{ id_order('outcome_events.event_id', 'outcome_events.sequence') }}
        ), 0) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from windows
    left join outcome_events
        on windows.experiment_id = outcome_events.experiment_id
        and windows.metric_id = outcome_events.metric_id
        and windows.user_id = outcome_events.user_id
        and (
            outcome_events.is_before
            or (windows.begins_at <= outcome_events.occurred_at and outcome_events.occurred_at < windows.ends_at)
        )
    group by
        windows.experiment_id,
        windows.metric_id,
        windows.kind,
        windows.is_cuped,
        windows.user_id,
        windows.variant,
        windows.week_number,
        windows.is_closed
),

final as (
    select
        experiment_id,
        metric_id,
        user_id,
        variant,
        week_number,
        is_closed,
        case when kind = 'conversion' then least(value, 1) else value end as value,
        case when kind = 'ratio' then denominator end as denominator,
        case when is_cuped then case when kind = 'conversion' then least(covariate, 1) else covariate end end as covariate
    from measured
)

select * from final
