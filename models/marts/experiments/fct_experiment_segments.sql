with tests as (
    select * from {{ ref('int_experiments__tests') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        tests.experiment_id,
        tests.metric_id,
        tests.variant,
        tests.slice_name as segment_name,
        tests.slice_value as segment_value,
        tests.method,
        true as is_exploratory,
        tests.users,
        tests.open_users,
        tests.mean,
        tests.variance,
        tests.control_users,
        tests.control_open_users,
        tests.control_mean,
        tests.control_variance,
        tests.effect,
        tests.ci_low,
        tests.ci_high,
        tests.relative_effect,
        tests.relative_ci_low,
        tests.relative_ci_high,
        tests.degrees_of_freedom,
        tests.statistic,
        tests.p_value,
        tests.reason,
        clock.as_of_date
    from tests
    cross join clock
    where tests.is_main_method and tests.slice_name not in ('all', 'week')
)

select * from final
