with tests as (
    select * from {{ ref('int_experiments__tests') }}
),

metrics as (
    select * from {{ ref('stg_reference__experiment_metrics') }}
),

sample_ratios as (
    select * from {{ ref('int_experiments__sample_ratios') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- the metrics of an experiment are one family of hypotheses
deciding as (
    select
        tests.experiment_id,
        tests.metric_id,
        tests.variant,
        tests.method,
        tests.p_value,
        count(*) over (partition by tests.experiment_id) as hypotheses,
        row_number() over (
            partition by tests.experiment_id
            order by tests.p_value, {{ text_order('tests.metric_id') }}, {{ text_order('tests.variant') }}
        ) as p_rank
    from tests
    inner join metrics on tests.experiment_id = metrics.experiment_id and tests.metric_id = metrics.metric_id
    where
        tests.slice_name = 'all'
        and tests.is_main_method
        and tests.p_value is not null
        and metrics.role in ('primary', 'secondary')
),

corrected as (
    select
        experiment_id,
        metric_id,
        variant,
        method,
        max(least((hypotheses - p_rank + 1) * p_value, 1)) over (
            partition by experiment_id order by p_rank rows between unbounded preceding and current row
        ) as p_value_adjusted,
        min(least(hypotheses * p_value / p_rank, 1)) over (
            partition by experiment_id order by p_rank rows between current row and unbounded following
        ) as p_value_bh
    from deciding
),

decided as (
    select
        tests.*,
        metrics.kind as metric_kind,
        metrics.role as metric_role,
        metrics.direction as metric_direction,
        corrected.p_value_adjusted,
        corrected.p_value_bh,
        coalesce(
            coalesce(corrected.p_value_adjusted, tests.p_value) < {{ checked_var('experiment_alpha') }}, false
        ) as is_significant,
        sample_ratios.srm_p_value,
        clock.as_of_date
    from tests
    inner join metrics on tests.experiment_id = metrics.experiment_id and tests.metric_id = metrics.metric_id
    inner join sample_ratios on tests.experiment_id = sample_ratios.experiment_id
    left join corrected
        on tests.experiment_id = corrected.experiment_id
        and tests.metric_id = corrected.metric_id
        and tests.variant = corrected.variant
        and tests.method = corrected.method
    cross join clock
    where tests.slice_name = 'all'
),

assessed as (
    select
        *,
        case
            when srm_p_value < {{ checked_var('srm_alpha') }} then 'invalid'
            when p_value is null then 'not measurable'
            when is_significant and (effect > 0) = (metric_direction = 'increase') then 'better'
            when is_significant then 'worse'
            when -minimum_effect < ci_low and ci_high < minimum_effect then 'no effect'
            else 'undecided'
        end as verdict
    from decided
),

final as (
    select
        experiment_id,
        metric_id,
        variant,
        method,
        metric_kind,
        metric_role,
        metric_direction,
        is_main_method,
        users,
        open_users,
        mean,
        variance,
        control_users,
        control_open_users,
        control_mean,
        control_variance,
        effect,
        ci_low,
        ci_high,
        relative_effect,
        relative_ci_low,
        relative_ci_high,
        degrees_of_freedom,
        statistic,
        p_value,
        p_value_adjusted,
        p_value_bh,
        is_significant,
        srm_p_value,
        minimum_effect,
        power,
        mde,
        verdict,
        case verdict
            when 'invalid' then 'the users are not split as planned'
            when 'not measurable' then reason
            when 'better' then 'significant, and in the direction wanted'
            when 'worse' then 'significant, and against the direction wanted'
            when 'no effect' then 'the interval rules out the minimum effect'
            else case
                when power < {{ checked_var('experiment_power') }}
                    then 'not significant, with too few users to find the minimum effect'
                else 'not significant, and the minimum effect is not ruled out'
            end
        end as reason,
        as_of_date
    from assessed
)

select * from final
