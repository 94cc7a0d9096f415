with outcomes as (
    select * from {{ ref('int_experiments__outcomes') }}
),

metrics as (
    select * from {{ ref('stg_reference__experiment_metrics') }}
),

variants as (
    select * from {{ ref('stg_reference__experiment_variants') }}
),

user_segments as (
    select * from {{ ref('int_activity__user_segments') }}
),

sliced as (
    select
        *,
        case when week_number = 0 then 'all' else 'week' end as slice_name,
        case when week_number = 0 then 'all' else cast(week_number as text) end as slice_value
    from outcomes

    union all

    select
        outcomes.*,
        user_segments.segment_name as slice_name,
        user_segments.segment_value as slice_value
    from outcomes
    inner join user_segments on outcomes.user_id = user_segments.user_id
    where outcomes.week_number = 0 and user_segments.segment_name <> 'all'
),

-- the sum of floats depends on their order, so the order is fixed
means as (
    select
        experiment_id,
        metric_id,
        slice_name,
        slice_value,
        variant,
        count(*) as users,
        {%- for measure in ['value', 'denominator', 'covariate'] %}
        sum({{ measure }} order by {{ text_order('user_id') }}) / count(*) as mean_{{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sliced
    where is_closed
    group by experiment_id, metric_id, slice_name, slice_value, variant
),

-- from the mean, so that a small variance of large values keeps its digits
deviations as (
    select
        sliced.experiment_id,
        sliced.metric_id,
        sliced.slice_name,
        sliced.slice_value,
        sliced.variant,
        sliced.user_id,
        {%- for measure in ['value', 'denominator', 'covariate'] %}
        sliced.{{ measure }} - means.mean_{{ measure }} as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sliced
    inner join means
        on sliced.experiment_id = means.experiment_id
        and sliced.metric_id = means.metric_id
        and sliced.slice_name = means.slice_name
        and sliced.slice_value = means.slice_value
        and sliced.variant = means.variant
    where sliced.is_closed
),

products as (
    select
        experiment_id,
        metric_id,
        slice_name,
        slice_value,
        variant,
        {%- for name, product in [
            ('value_squares', 'value * value'),
            ('denominator_squares', 'denominator * denominator'),
            ('covariate_squares', 'covariate * covariate'),
            ('value_denominators', 'value * denominator'),
            ('value_covariates', 'value * covariate'),
        ] %}
        sum({{ product }} order by {{ text_order('user_id') }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from deviations
    group by experiment_id, metric_id, slice_name, slice_value, variant
),

open_windows as (
    select
        experiment_id,
        metric_id,
        slice_name,
        slice_value,
        variant,
        count(*) as users
    from sliced
    where not is_closed
    group by experiment_id, metric_id, slice_name, slice_value, variant
),

slices as (
    select experiment_id, metric_id, 'all' as slice_name, 'all' as slice_value from metrics
    union
    select experiment_id, metric_id, slice_name, slice_value from means
    union
    select experiment_id, metric_id, slice_name, slice_value from open_windows
),

final as (
    select
        slices.experiment_id,
        slices.metric_id,
        slices.slice_name,
        slices.slice_value,
        variants.variant,
        variants.is_control,
        coalesce(means.users, 0) as users,
        coalesce(open_windows.users, 0) as open_users,
        means.mean_value,
        means.mean_denominator,
        means.mean_covariate,
        -- the mean of equal values may be off in the last digit, which is no variance
        {%- for measure in ['value', 'denominator', 'covariate'] %}
        case
            when products.{{ measure }}_squares
                <= 1e-24 * means.users * means.mean_{{ measure }} * means.mean_{{ measure }} then 0e0
            else products.{{ measure }}_squares
        end as {{ measure }}_squares,
        {%- endfor %}
        products.value_denominators,
        products.value_covariates
    from slices
    inner join variants on slices.experiment_id = variants.experiment_id
    {%- for relation in ['means', 'products', 'open_windows'] %}
    left join {{ relation }}
        on slices.experiment_id = {{ relation }}.experiment_id
        and slices.metric_id = {{ relation }}.metric_id
        and slices.slice_name = {{ relation }}.slice_name
        and slices.slice_value = {{ relation }}.slice_value
        and variants.variant = {{ relation }}.variant
    {%- endfor %}
)

select * from final
