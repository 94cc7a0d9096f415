with stretches as (
    select * from {{ ref('int_revenue__account_stretches') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

date_range as (
    select
        min(stretches.valid_from) as first_date,
        max(clock.as_of_date) as last_date
    from stretches
    cross join clock
),

months as (
    select * from {{ periods('date_range', ['month']) }} as all_months
),

dated as (
    select account_id, mrr_cents, status, valid_from as date from stretches

    union

    -- of those who have left there is nothing to say each month
    select
        stretches.account_id,
        stretches.mrr_cents,
        stretches.status,
        months.period_end as date
    from stretches
    cross join clock
    inner join months
        on stretches.valid_from <= months.period_end
        and (stretches.valid_to is null or stretches.valid_to > months.period_end)
    where stretches.status <> 'canceled' and months.period_end <= clock.as_of_date
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
