{%- set names = ['all'] + segment_attributes('user') + ['plan'] -%}

with retention_cuts as (
    select * from {{ ref('stg_reference__retention_cuts') }}
),

bases as (
    {%- for basis in ['first_activity', 'signup', 'first_value_moment'] %}
    select '{{ basis }}' as cohort_basis{{ ' union all' if not loop.last }}
    {%- endfor %}
),

types as (
    {%- for grain in ['day', 'week', 'month'] %}
    {%- for type in ['bounded', 'unbounded', 'bracket', 'rolling_24h'] if grain != 'month' or type != 'rolling_24h' %}
    select '{{ grain }}' as period_grain, '{{ type }}' as retention_type{{ ' union all' if not loop.last }}
    {%- endfor %}
    {{- ' union all' if not loop.last }}
    {%- endfor %}
),

segment_names as (
    {%- for name in names %}
    select '{{ name }}' as segment_name{{ ' union all' if not loop.last }}
    {%- endfor %}
),

possible as (
    select
        bases.cohort_basis,
        types.period_grain,
        types.retention_type,
        segment_names.segment_name
    from bases
    cross join types
    cross join segment_names
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
