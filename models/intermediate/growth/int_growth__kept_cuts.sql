with retention_cuts as (
    select * from {{ ref('stg_reference__retention_cuts') }}
),

bases as (
    select 'first_activity' as cohort_basis
    union all
    select 'signup' as cohort_basis
    union all
    select 'first_value_moment' as cohort_basis
),

grains as (
    select 'day' as period_grain
    union all
    select 'week' as period_grain
    union all
    select 'month' as period_grain
),

types as (
    select 'bounded' as retention_type
    union all
    select 'unbounded' as retention_type
    union all
    select 'bracket' as retention_type
    union all
    select 'rolling_24h' as retention_type
),

segment_names as (
    select 'all' as segment_name
    union all
    select 'plan' as segment_name
    {%- for attribute in segment_attributes('user') %}
    union all
    select '{{ attribute }}' as segment_name
    {%- endfor %}
),

possible as (
    select
        bases.cohort_basis,
        grains.period_grain,
        types.retention_type,
        segment_names.segment_name
    from bases
    cross join grains
    cross join types
    cross join segment_names
    -- a month has no fixed length, so it cannot roll
    where grains.period_grain <> 'month' or types.retention_type <> 'rolling_24h'
),

final as (
    select distinct
        possible.cohort_basis,
        possible.period_grain,
        possible.retention_type,
        possible.segment_name,
        possible.retention_type = 'rolling_24h' as is_rolling
    from possible
    inner join retention_cuts
        on retention_cuts.cohort_basis in (possible.cohort_basis, '*')
        and retention_cuts.period_grain in (possible.period_grain, '*')
        and retention_cuts.retention_type in (possible.retention_type, '*')
        and retention_cuts.segment_name in (possible.segment_name, '*')
)

select * from final
