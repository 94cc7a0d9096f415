with scores as (
    select * from {{ ref('int_customers__rfm_scores') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        scores.unit_id as user_id,
        scores.segment_name,
        scores.recency_days,
        scores.frequency_days,
        scores.monetary_value,
        scores.r_score,
        scores.f_score,
        scores.m_score,
        clock.as_of_date
    from scores
    cross join clock
    where scores.unit_type = 'user'
)

select * from final
