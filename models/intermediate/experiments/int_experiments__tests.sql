{%- set alpha = checked_var('experiment_alpha') -%}

with estimates as (
    select * from {{ ref('int_experiments__estimates') }}
),

levels as (
    select
        -{{ normal_quantile('half_alpha') }} as z_of_alpha,
        {{ normal_quantile('power') }} as z_of_power,
        -2 * ln(2 * half_alpha) as log_of_alpha
    from (
        select
            cast('{{ alpha }}' as double precision) / 2 as half_alpha,
            cast('{{ checked_var("experiment_power") }}' as double precision) as power
    ) as given
),

degrees as (
    select distinct degrees_of_freedom as df from estimates
    where reason is null and degrees_of_freedom is not null
),

t_quantiles as (
    {{ student_t_quantile('degrees', alpha) }}
),

tested as (
    select
        estimates.*,
        levels.z_of_alpha,
        levels.z_of_power,
        levels.log_of_alpha,
        t_quantiles.t as t_of_alpha,
        estimates.standard_error * estimates.standard_error as error_square,
        estimates.standard_error * estimates.standard_error
        + estimates.minimum_effect * estimates.minimum_effect as mixed_square,
        estimates.effect / case when estimates.reason is null then estimates.test_error end as distance
    from estimates
    cross join levels
    left join t_quantiles on estimates.degrees_of_freedom = t_quantiles.df
),

valued as (
    select
        *,
        case
            when reason is not null then null
            -- logarithm of the likelihood ratio of effects around minimum_effect to no effect
            when method = 'sequential'
                then 0.5 * ln(error_square / mixed_square)
                    + distance * distance * minimum_effect * minimum_effect / mixed_square / 2
            else distance
        end as statistic,
        -abs(distance) as minus_distance,
        abs(distance) as plus_distance,
        case
            when reason is not null then null
            when method = 'sequential'
                then sqrt(
                    mixed_square / (minimum_effect * minimum_effect)
                    * (log_of_alpha + ln(mixed_square / error_square))
                )
            when method in ('welch', 'cuped') then t_of_alpha
            else z_of_alpha
        end as critical_value,
        case when reason is null and method <> 'sequential' then nullif(standard_error, 0) end as planned_error
    from tested
),

powered as (
    select
        *,
        minimum_effect / planned_error - z_of_alpha as power_above,
        -minimum_effect / planned_error - z_of_alpha as power_below
    from valued
),

final as (
    select
        experiment_id,
        metric_id,
        slice_name,
        slice_value,
        variant,
        method,
        is_main_method,
        reason,
        users,
        open_users,
        mean,
        variance,
        control_users,
        control_open_users,
        control_mean,
        control_variance,
        effect,
        effect - critical_value * standard_error as ci_low,
        effect + critical_value * standard_error as ci_high,
        relative_effect,
        relative_effect - critical_value * relative_standard_error as relative_ci_low,
        relative_effect + critical_value * relative_standard_error as relative_ci_high,
        degrees_of_freedom,
        statistic,
        case
            when reason is not null then null
            when method = 'sequential' then case when statistic > 0 then {{ bounded_exp('-statistic') }} else 1 end
            when method in ('welch', 'cuped')
                then 2 * {{ student_t_sf('powered.plus_distance', 'powered.degrees_of_freedom') }}
            else 2 * {{ normal_cdf('minus_distance') }}
        end as p_value,
        minimum_effect,
        {{ normal_cdf('power_above') }} + {{ normal_cdf('power_below') }} as power,
        (z_of_alpha + z_of_power) * planned_error as mde
    from powered
)

select * from final
