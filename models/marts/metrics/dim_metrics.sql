{%- set current = fromjson(env_var('PULSE_METRIC_FINGERPRINTS', '{}')) if execute else {} -%}

with metric_values as (
    select * from {{ ref('fct_metric_values') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

catalogue as (
    {%- for metric in metric_catalogue() %}
    {%- set fingerprint = current.get(metric.id) %}
    select
        '{{ metric.id }}' as metric_name,
        {{ text_literal(metric.label) }} as label,
        {{ text_literal(metric.description) }} as description,
        {{ text_literal(metric.formula) }} as formula,
        '{{ metric.area }}' as area,
        {{ text_literal(metric.owner) }} as owner,
        '{{ metric.unit }}' as unit,
        '{{ metric.direction }}' as direction,
        {{ text_literal(metric.risk_if_wrong) }} as risk_if_wrong,
        {{ text_literal(metric.successor) }} as successor,
        {{ text_literal(metric.approved_by) }} as approved_by,
        '{{ metric.mart }}' as source_model,
        {{ text_literal(metric.value) }} as value_column,
        {{ text_literal(metric.numerator) }} as numerator_column,
        {{ text_literal(metric.denominator) }} as denominator_column,
        {{ text_literal(metric.aggregate) }} as aggregate,
        {{ text_literal(metric_filter(metric)) }} as filter,
        {{ text_literal(metric_parameters(metric)) }} as parameters,
        {{ text_literal(metric.seeds | join(', ')) }} as reference_tables,
        {{ text_literal(fingerprint) }} as fingerprint,
        {{ text_literal(metric.approved_fingerprint) }} as approved_fingerprint,
        {{ 'segments' in metric.adds_up_over }} as is_additive_over_segments,
        {{ 'time' in metric.adds_up_over }} as is_additive_over_time,
        {{ metric.is_in_values }} as has_values,
        {{ metric.tier }} as tier,
        cast({{ text_literal(metric.approved_at) }} as timestamp) as approved_at
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

date_ranges as (
    select
        metric_name,
        min(date) as first_date,
        max(case when is_complete and value is not null then date end) as last_complete_date
    from metric_values
    group by metric_name
),

final as (
    select
        catalogue.metric_name,
        catalogue.label,
        catalogue.description,
        catalogue.formula,
        catalogue.area,
        catalogue.owner,
        catalogue.unit,
        catalogue.direction,
        catalogue.risk_if_wrong,
        case
            when catalogue.successor is not null then 'deprecated'
            when catalogue.approved_fingerprint is not null then 'approved'
            else 'proposed'
        end as status,
        case
            when catalogue.successor is not null then 'deprecated'
            when catalogue.approved_fingerprint is null then 'proposed'
            when catalogue.fingerprint is null then 'unchecked'
            when catalogue.fingerprint <> catalogue.approved_fingerprint then 'drifted'
            else 'approved'
        end as trust,
        catalogue.successor,
        catalogue.approved_by,
        catalogue.source_model,
        catalogue.value_column,
        catalogue.numerator_column,
        catalogue.denominator_column,
        catalogue.aggregate,
        catalogue.filter,
        catalogue.parameters,
        catalogue.reference_tables,
        catalogue.fingerprint,
        coalesce(catalogue.fingerprint <> catalogue.approved_fingerprint, false) as is_drifted,
        catalogue.is_additive_over_segments,
        catalogue.is_additive_over_time,
        catalogue.has_values,
        catalogue.tier,
        date_ranges.first_date,
        date_ranges.last_complete_date,
        clock.as_of_date,
        catalogue.approved_at
    from catalogue
    cross join clock
    left join date_ranges on catalogue.metric_name = date_ranges.metric_name
)

select * from final
