with intervals as (
    select * from {{ ref('int_revenue__account_intervals') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    {{ date_range('intervals', 'valid_from') }}
),

months as (
    select * from {{ periods('date_range', ['month']) }} as all_months
),

dated as (
    select account_id, mrr_cents, status, valid_from as date from intervals

    union

    -- an account that has left needs no row for each month
    select
        intervals.account_id,
        intervals.mrr_cents,
        intervals.status,
        months.period_end as date
    from intervals
    cross join clock
    inner join months
        on intervals.valid_from <= months.period_end
        and (intervals.valid_to is null or intervals.valid_to > months.period_end)
    where intervals.status <> 'canceled' and months.period_end <= clock.as_of_date
),

final as (
    select
        dated.date,
        dated.account_id,
        dated.status,
        dated.mrr_cents,
        {{ arr_amount('dated.mrr_cents') }} as arr_amount,
        clock.as_of_date
    from dated
    cross join reporting
    cross join clock
)

select * from final
