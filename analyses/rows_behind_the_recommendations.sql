-- Which raw rows do the recommendations rest on, the most urgent first? A score rests on the signals of the rules that
-- fired; signals of use on the days of users (events_behind_dau_of_the_as_of_date leads from those to events).
with reasons as (
    select
        recommendations.recommendation_id,
        recommendations.priority_rank,
        recommendations.account_id,
        coalesce(trace.signal, recommendations.signal) as signal
    from {{ ref('fct_recommendations') }} as recommendations
    left join {{ ref('fct_churn_risk_trace') }} as trace
        on recommendations.account_id = trace.account_id and recommendations.signal = 'risk_score'
),

days_of_users as (
    select
        users.account_id,
        user_days.user_id,
        user_days.activity_date
    from {{ ref('int_activity__counted_user_days') }} as user_days
    inner join {{ ref('int_activity__users') }} as users on user_days.user_id = users.user_id
),

source_rows as (
    select account_id, 'failed_payments' as signal, 'payments' as table_name, payment_id as row_key, date
    from {{ ref('int_customers__payments') }}
    where kind = 'charge' and status = 'failed'

    union all

    select account_id, 'tickets' as signal, 'support_tickets' as table_name, ticket_id as row_key, opened_date as date
    from {{ ref('int_customers__tickets') }}

    union all

    select account_id, 'nps_score' as signal, 'nps_responses' as table_name, response_id as row_key, date
    from {{ ref('int_customers__answers') }}

    union all

    select
        account_id,
        'cancel_requests' as signal,
        'subscriptions' as table_name,
        subscription_id as row_key,
        cancel_requested_date as date
    from {{ ref('int_revenue__contracts') }}
    where cancel_requested_date is not null

    union all

    select
        account_id,
        'days_past_due' as signal,
        'subscription_changes' as table_name,
        subscription_id as row_key,
        valid_from as date
    from {{ ref('int_revenue__subscription_states') }}
    where status = 'past_due'

    union all

    select account_id, 'findings' as signal, 'invoices' as table_name, invoice_id as row_key, detected_for_date as date
    from {{ ref('fct_revenue_leakage') }}
    where invoice_id is not null

    union all

    select
        days_of_users.account_id,
        signals.signal,
        'events' as table_name,
        days_of_users.user_id as row_key,
        days_of_users.activity_date as date
    from days_of_users
    cross join (values ('usage_drop_rate'), ('days_silent'), ('seats_unused_rate'), ('unused_features')) as signals (signal)
)

select
    reasons.recommendation_id,
    reasons.signal,
    source_rows.table_name,
    source_rows.row_key,
    source_rows.date
from reasons
inner join source_rows on reasons.account_id = source_rows.account_id and reasons.signal = source_rows.signal
order by
    reasons.priority_rank asc,
    reasons.signal asc,
    source_rows.date desc,
    source_rows.row_key asc,
    source_rows.table_name asc
