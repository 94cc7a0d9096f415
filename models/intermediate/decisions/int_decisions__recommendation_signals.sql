with signals as (
    select * from {{ ref('int_customers__churn_signals') }}
),

scores as (
    select * from {{ ref('int_customers__churn_scores') }}
),

final as (
    select
        account_id,
        month,
        signal,
        signal_value
    from signals

    union all

    select
        account_id,
        month,
        'risk_score' as signal,
        cast(risk_score as double precision) as signal_value
    from scores
)

select * from final
