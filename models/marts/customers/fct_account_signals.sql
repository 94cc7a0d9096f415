with signals as (
    select * from {{ ref('int_decisions__recommendation_signals') }}
),

scored_accounts as (
    select * from {{ ref('int_customers__scored_accounts') }}
),

scoring_dates as (
    select * from {{ ref('int_customers__scoring_dates') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        signals.signal || '/' || signals.account_id || '/' || cast(signals.month as text) as finding_id,
        signals.account_id,
        signals.month,
        signals.signal,
        scored_accounts.is_current,
        scored_accounts.has_churned,
        signals.signal_value,
        scored_accounts.mrr_cents,
        scored_accounts.scoring_date,
        scoring_dates.horizon_end_date,
        clock.as_of_date
    from signals
    inner join scored_accounts on signals.account_id = scored_accounts.account_id and signals.month = scored_accounts.month
    inner join scoring_dates on signals.month = scoring_dates.month
    cross join clock
)

select * from final
