with churn_bands as (
    select * from {{ ref('churn_bands') }}
),

final as (
    select
        risk_band,
        is_at_risk,
        from_score,
        lead(from_score) over (order by from_score) as to_score
    from churn_bands
)

select * from final
