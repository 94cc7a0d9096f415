{%- set attributes = segment_columns('user') %}

with cohort_attributes as (
    select * from {{ ref('int_growth__cohort_attributes') }}
),

alike as (
    select distinct attributes_number, {{ attributes | join(', ') }}
    from cohort_attributes
),

cut as (
    {{ segments('alike', 'user', columns=['attributes_number']) }}
    union all
    -- for cohorts that are not cut into segments
    select 0 as attributes_number, 'all' as segment_name, 'all' as segment_value
),

final as (
    select
        *,
        dense_rank() over (order by segment_name, segment_value) as segment_number
    from cut
)

select * from final
