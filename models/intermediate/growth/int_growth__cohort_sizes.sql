{{ config(post_hook="{{ gather_statistics(this) }}") }}

with cohort_spans as (
    select * from {{ ref('int_growth__cohort_spans') }}
),

cohort_segments as (
    select * from {{ ref('int_growth__cohort_segments') }}
),

final as (
    select
        cohort_spans.cohort_number,
        cohort_segments.segment_number,
        cohort_spans.cohort_basis,
        cohort_spans.period_grain,
        cohort_spans.is_rolling,
        cohort_segments.segment_name,
        cohort_segments.segment_value,
        cohort_spans.elapsed_periods,
        count(*) as user_count,
        cohort_spans.cohort_start
    from cohort_spans
    inner join cohort_segments
        on cohort_spans.cohort_basis = cohort_segments.cohort_basis
        and cohort_spans.user_id = cohort_segments.user_id
        -- cohorts of single days are too small to be cut
        and (cohort_spans.period_grain <> 'day' or cohort_segments.segment_name = 'all')
    group by
        cohort_spans.cohort_number,
        cohort_segments.segment_number,
        cohort_spans.cohort_basis,
        cohort_spans.period_grain,
        cohort_spans.is_rolling,
        cohort_segments.segment_name,
        cohort_segments.segment_value,
        cohort_spans.elapsed_periods,
        cohort_spans.cohort_start
)

select * from final
