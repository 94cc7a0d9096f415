with cohort_spans as (
    select * from {{ ref('int_growth__cohort_spans') }}
),

attribute_segments as (
    select * from {{ ref('int_growth__attribute_segments') }}
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
    from cohort_spans
    group by cohort_number, attributes_number, cohort_basis, period_grain, is_rolling, elapsed_periods, cohort_start
),

final as (
    select
        by_attributes.cohort_number,
        attribute_segments.segment_number,
        by_attributes.cohort_basis,
        by_attributes.period_grain,
        by_attributes.is_rolling,
        attribute_segments.segment_name,
        attribute_segments.segment_value,
        by_attributes.elapsed_periods,
        cast(sum(by_attributes.user_count) as bigint) as user_count,
        by_attributes.cohort_start
    from by_attributes
    inner join attribute_segments on by_attributes.attributes_number = attribute_segments.attributes_number
    group by
        by_attributes.cohort_number,
        attribute_segments.segment_number,
        by_attributes.cohort_basis,
        by_attributes.period_grain,
        by_attributes.is_rolling,
        attribute_segments.segment_name,
        attribute_segments.segment_value,
        by_attributes.elapsed_periods,
        by_attributes.cohort_start
)

select * from final
