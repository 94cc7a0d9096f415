with movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

scoring_dates as (
    select * from {{ ref('int_customers__scoring_dates') }}
),

intervals as (
    select
        account_id,
        closing_cents as mrr_cents,
        date as valid_from,
        lead(date) over (partition by account_id order by date) as valid_to
    from movements
),

churns as (
    select
        movements.account_id,
        scoring_dates.month,
        min(movements.date) as churn_date
    from movements
    inner join scoring_dates
        on movements.date >= scoring_dates.scoring_date and movements.date < scoring_dates.horizon_end_date
    where movements.movement_type = 'churn'
    group by movements.account_id, scoring_dates.month
),

final as (
    select
        intervals.account_id,
        scoring_dates.month,
        scoring_dates.is_current,
        case when scoring_dates.is_horizon_over then churns.churn_date is not null end as has_churned,
        intervals.mrr_cents,
        scoring_dates.scoring_date,
        churns.churn_date
    from scoring_dates
    inner join intervals
        on intervals.valid_from < scoring_dates.scoring_date
        and (intervals.valid_to is null or intervals.valid_to >= scoring_dates.scoring_date)
    left join churns on intervals.account_id = churns.account_id and scoring_dates.month = churns.month
    where intervals.mrr_cents > 0
)

select * from final
