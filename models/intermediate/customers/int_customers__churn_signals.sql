with use as (
    select * from {{ ref('int_customers__account_activity') }}
),

billing as (
    select * from {{ ref('int_customers__billing') }}
),

care as (
    select * from {{ ref('int_customers__tickets_and_answers') }}
),

measured as (
    select
        use.account_id,
        use.month,
        use.usage_drop_rate,
        use.days_silent,
        use.unused_features,
        cast(billing.seats - use.active_users as double precision) / nullif(billing.seats, 0) as seats_unused_rate,
        billing.cancel_requests,
        billing.days_past_due,
        billing.failed_payments,
        billing.downgrades,
        care.tickets,
        care.nps_score
    from use
    inner join billing on use.account_id = billing.account_id and use.month = billing.month
    inner join care on use.account_id = care.account_id and use.month = care.month
),

final as (
    {%- for signal in churn_signals() %}
    select
        account_id,
        month,
        '{{ signal }}' as signal,
        cast({{ signal }} as double precision) as signal_value
    from measured
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select * from final
