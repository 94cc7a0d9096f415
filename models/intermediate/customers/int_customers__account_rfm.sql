{%- set window = checked_var('rfm_window_days') | int -%}

with account_days as (
    select account_days.*
    from {{ ref('int_activity__account_days') }} as account_days
    inner join {{ ref('stg_clock__as_of') }} as clock on account_days.activity_date <= clock.as_of_date
),

payments as (
    select * from {{ ref('int_customers__payments') }}
),

segments as (
    select * from {{ ref('stg_reference__rfm_segments') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

use as (
    select
        account_days.account_id,
        cast({{ days_between('max(account_days.activity_date)', 'max(clock.as_of_date)') }} as integer) as recency_days,
        count(*) as frequency_days
    from account_days
    cross join clock
    {%- if window %}
    where account_days.activity_date > {{ add_days('clock.as_of_date', -window) }}
    {%- endif %}
    group by account_days.account_id
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

measured as (
    select
        use.account_id,
        use.recency_days,
        use.frequency_days,
        {{ reporting_amount('coalesce(paid.paid_cents, 0)') }} as monetary_value
    from use
    cross join reporting
    left join paid on use.account_id = paid.account_id
),

final as (
    {{ rfm('measured', 'segments', 'account_id') }}
)

select * from final
