{%- set days = [2 * (checked_var('mau_window_days') | int), checked_var('signal_memory_days') | int] | max -%}

with scoring_dates as (
    select * from {{ ref('int_customers__scoring_dates') }}
),

remembered as (
    select
        month,
        {{ add_days('scoring_date', -days) }} as first_date,
        {{ add_days('scoring_date', -1) }} as last_date,
        scoring_date
    from scoring_dates
),

date_range as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date
    from remembered
),

final as (
    select
        remembered.month,
        series.date,
        {{ days_between('series.date', 'remembered.scoring_date') }} as days_before
    from remembered
    inner join {{ date_series('date_range', 'first_date', 'last_date') }} as series
        on remembered.first_date <= series.date and remembered.last_date >= series.date
)

select * from final
