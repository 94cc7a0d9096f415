with retention_cuts as (
    select * from {{ ref('retention_cuts') }}
),

final as (
    select
        cohort_basis,
        period_grain,
        retention_type,
        segment_name
    from retention_cuts
)

select * from final
