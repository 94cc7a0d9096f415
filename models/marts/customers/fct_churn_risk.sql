with scores as (
    select * from {{ ref('int_customers__churn_scores') }} where is_current
),

track_record as (
    select * from {{ ref('int_customers__track_record') }} where subject_kind = 'band'
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        scores.account_id,
        scores.risk_band,
        scores.top_driver,
        scores.is_at_risk,
        scores.risk_score,
        scores.fired_rules,
        track_record.precision_rate as band_churn_rate,
        {{ reporting_amount('scores.mrr_cents') }} as mrr_amount,
        {{ arr_amount('case when scores.is_at_risk then scores.mrr_cents else 0 end') }} as arr_at_risk_amount,
        clock.as_of_date
    from scores
    cross join reporting
    cross join clock
    inner join track_record on scores.risk_band = track_record.subject_id
)

select * from final
