{%- set window = checked_var('rfm_window_days') | int -%}

with user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

account_days as (
    select account_days.*
    from {{ ref('int_activity__account_days') }} as account_days
    inner join {{ ref('stg_clock__as_of') }} as clock on account_days.activity_date <= clock.as_of_date
),

payments as (
    select * from {{ ref('int_customers__payments') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

active_days as (
    select 'user' as unit_type, user_id as unit_id, activity_date, event_count from user_days
    union all
    select 'account' as unit_type, account_id as unit_id, activity_date, 0 as event_count from account_days
),

active as (
    select
        active_days.unit_type,
        active_days.unit_id,
        cast({{ days_between('max(active_days.activity_date)', 'max(clock.as_of_date)') }} as integer) as recency_days,
        count(*) as frequency_days,
        sum(active_days.event_count) as event_count
    from active_days
    cross join clock
    {%- if window %}
    where active_days.activity_date > {{ add_days('clock.as_of_date', -window) }}
    {%- endif %}
    group by active_days.unit_type, active_days.unit_id
),

paid as (
    select
        payments.account_id,
        cast(sum(case when payments.kind = 'charge' then payments.reporting_cents else -payments.reporting_cents end) as bigint)
            as paid_cents
    from payments
    cross join clock
    where
        payments.status = 'succeeded' and payments.kind <> 'credit_note'
        {%- if window %} and payments.date > {{ add_days('clock.as_of_date', -window) }}{% endif %}
    group by payments.account_id
),

final as (
    select
        active.unit_type,
        active.unit_id,
        active.recency_days,
        active.frequency_days,
        -- what use is worth where no user pays for themselves, and what was paid where accounts do
        case active.unit_type
            when 'user' then cast(active.event_count as numeric(18, 2))
            else {{ reporting_amount('coalesce(paid.paid_cents, 0)') }}
        end as monetary_value
    from active
    cross join reporting
    left join paid on active.unit_id = paid.account_id and active.unit_type = 'account'
)

select * from final
