with scored as (
    select * from {{ ref('int_customers__account_rfm') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        scored.account_id,
        scored.segment_name,
        scored.recency_days,
        scored.frequency_days,
        scored.monetary_value,
        scored.r_score,
        scored.f_score,
        scored.m_score,
        clock.as_of_date
    from scored
    cross join clock
)

select * from final
