with movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('movements', 'date') }}
),

dated as (
    select
        months.period_start as month,
        {{ add_days('least(months.period_end, clock.as_of_date)', 1) }} as scoring_date,
        months.period_end >= clock.as_of_date as is_current
    from {{ periods('date_range', ['month']) }} as months
    cross join clock
),

final as (
    select
        dated.month,
        dated.is_current,
        {{ add_days(add_months('dated.scoring_date', checked_var('churn_horizon_months')), -1) }}
        <= clock.as_of_date as is_horizon_over,
        dated.scoring_date,
        {{ add_months('dated.scoring_date', checked_var('churn_horizon_months')) }} as horizon_end_date
    from dated
    cross join clock
)

select * from final
