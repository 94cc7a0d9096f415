with rfm_segments as (
    select * from {{ ref('rfm_segments') }}
),

final as (
    select
        segment_name,
        priority,
        min_r,
        max_r,
        min_f,
        max_f,
        min_m,
        max_m
    from rfm_segments
)

select * from final
