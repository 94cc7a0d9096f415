with arms as (
    select * from {{ ref('int_experiments__arms') }}
),

metrics as (
    select * from {{ ref('stg_reference__experiment_metrics') }}
),

methods as (
    select
        experiment_id,
        metric_id,
        case kind when 'conversion' then 'z' when 'ratio' then 'delta' else 'welch' end as method
    from metrics

    union all

    select experiment_id, metric_id, 'cuped' as method
    from metrics
    where is_cuped

    union all

    select experiment_id, metric_id, 'sequential' as method
    from metrics
),

pairs as (
    select
        treatment.experiment_id,
        treatment.metric_id,
        treatment.slice_name,
        treatment.slice_value,
        treatment.variant,
        {%- for arm in ['treatment', 'control'] %}
        {%- for column in [
            'users', 'open_users', 'mean_value', 'mean_denominator', 'mean_covariate', 'value_squares',
            'denominator_squares', 'covariate_squares', 'value_denominators', 'value_covariates'
        ] %}
        {{ arm }}.{{ column }} as {{ arm }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        -- weight of what sums of products about the mean of each arm lack compared with sums about the mean of both
        cast(treatment.users as double precision) * control.users
        / nullif(treatment.users + control.users, 0) as between_users
    from arms as treatment
    inner join arms as control
        on treatment.experiment_id = control.experiment_id
        and treatment.metric_id = control.metric_id
        and treatment.slice_name = control.slice_name
        and treatment.slice_value = control.slice_value
        and control.is_control
    where not treatment.is_control
),

adjusted as (
    select
        *,
        (
            treatment_value_covariates + control_value_covariates + between_users
            * (treatment_mean_value - control_mean_value) * (treatment_mean_covariate - control_mean_covariate)
        ) / nullif(
            treatment_covariate_squares + control_covariate_squares + between_users
            * (treatment_mean_covariate - control_mean_covariate)
            * (treatment_mean_covariate - control_mean_covariate),
            0
        ) as theta,
        (treatment_users * treatment_mean_covariate + control_users * control_mean_covariate)
        / nullif(treatment_users + control_users, 0) as mean_covariate
    from pairs
),

measured as (
    select
        adjusted.*,
        metrics.kind,
        methods.method,
        metrics.minimum_effect,
        {%- for arm in ['treatment', 'control'] %}
        case
            when metrics.kind = 'ratio' then {{ arm }}_mean_value / nullif({{ arm }}_mean_denominator, 0)
            when methods.method = 'cuped'
                then {{ arm }}_mean_value - adjusted.theta * ({{ arm }}_mean_covariate - adjusted.mean_covariate)
            else {{ arm }}_mean_value
        end as {{ arm }}_mean{{ ',' if not loop.last }}
        {%- endfor %}
    from adjusted
    inner join metrics on adjusted.experiment_id = metrics.experiment_id and adjusted.metric_id = metrics.metric_id
    inner join methods on adjusted.experiment_id = methods.experiment_id and adjusted.metric_id = methods.metric_id
),

-- value - slope x other is what varies; other is the denominator of a ratio or the covariate of CUPED
residuals as (
    select
        *,
        {%- for arm in ['treatment', 'control'] %}
        case
            when kind = 'ratio'
                then {{ arm }}_value_squares + {{ arm }}_mean * {{ arm }}_mean * {{ arm }}_denominator_squares
            when method = 'cuped' then {{ arm }}_value_squares + theta * theta * {{ arm }}_covariate_squares
            else {{ arm }}_value_squares
        end as {{ arm }}_apart_squares,
        case
            when kind = 'ratio' then 2 * {{ arm }}_mean * {{ arm }}_value_denominators
            when method = 'cuped' then 2 * theta * {{ arm }}_value_covariates
            else 0
        end as {{ arm }}_shared_squares{{ ',' if not loop.last }}
        {%- endfor %}
    from measured
),

varied as (
    select
        *,
        {%- for arm in ['treatment', 'control'] %}
        case
            when method = 'z' then {{ arm }}_mean * (1 - {{ arm }}_mean)
            when {{ arm }}_users < 2 then null
            -- if one fully determines the other, the rest is rounding
            when {{ arm }}_apart_squares - {{ arm }}_shared_squares <= 1e-13 * {{ arm }}_apart_squares then 0e0
            else
                ({{ arm }}_apart_squares - {{ arm }}_shared_squares) / ({{ arm }}_users - 1)
                / case when kind = 'ratio' then {{ arm }}_mean_denominator * {{ arm }}_mean_denominator else 1 end
        end as {{ arm }}_variance,
        {%- endfor %}
        (treatment_users * treatment_mean + control_users * control_mean)
        / nullif(treatment_users + control_users, 0) as pooled_mean
    from residuals
),

spread as (
    select
        *,
        treatment_variance / nullif(treatment_users, 0) as treatment_error_square,
        control_variance / nullif(control_users, 0) as control_error_square,
        pooled_mean * (1 - pooled_mean) / nullif(between_users, 0) as pooled_error_square
    from varied
),

assessed as (
    select
        *,
        sqrt(treatment_error_square + control_error_square) as standard_error,
        sqrt(
            case method
                when 'z' then pooled_error_square else treatment_error_square + control_error_square
            end
        ) as test_error,
        case
            when control_users < 2 then 'fewer than 2 users in the control'
            when treatment_users < 2 then 'fewer than 2 users in the variant'
            when treatment_mean is null and method = 'cuped' then 'the covariate does not vary'
            when treatment_mean is null or control_mean is null then 'nothing below the line'
            when method = 'z' and pooled_error_square = 0 then 'the outcome does not vary'
            when method <> 'z' and treatment_error_square + control_error_square = 0 then 'the outcome does not vary'
            when method = 'sequential' and minimum_effect is null then 'no minimum effect is given'
        end as reason
    from spread
),

final as (
    select
        experiment_id,
        metric_id,
        slice_name,
        slice_value,
        variant,
        method,
        method in ('z', 'welch', 'delta') as is_main_method,
        reason,
        treatment_users as users,
        treatment_open_users as open_users,
        treatment_mean as mean,
        treatment_variance as variance,
        control_users,
        control_open_users,
        control_mean,
        control_variance,
        minimum_effect,
        treatment_mean - control_mean as effect,
        (treatment_mean - control_mean) / nullif(control_mean, 0) as relative_effect,
        standard_error,
        sqrt(
            treatment_error_square
            + treatment_mean / nullif(control_mean, 0) * treatment_mean / nullif(control_mean, 0)
            * control_error_square
        ) / abs(nullif(control_mean, 0)) as relative_standard_error,
        test_error,
        case
            when method in ('welch', 'cuped')
                then (treatment_error_square + control_error_square)
                    * (treatment_error_square + control_error_square)
                    / nullif(
                        treatment_error_square * treatment_error_square / nullif(treatment_users - 1, 0)
                        + control_error_square * control_error_square / nullif(control_users - 1, 0),
                        0
                    )
        end as degrees_of_freedom
    from assessed
)

select * from final
