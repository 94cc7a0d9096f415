with accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

payments as (
    select * from {{ ref('int_customers__payments') }}
),

tickets as (
    select * from {{ ref('int_customers__tickets') }}
),

answers as (
    select * from {{ ref('int_customers__nps_answers') }}
),

rfm as (
    select unit_id as account_id, segment_name, r_score, f_score, m_score
    from {{ ref('int_customers__rfm_scores') }}
    where unit_type = 'account'
),

risks as (
    select * from {{ ref('int_customers__churn_scores') }} where is_current
),

leakage as (
    select * from {{ ref('int_revenue__leakage') }}
),

recommendations as (
    select * from {{ ref('int_decisions__recommendations') }}
),

reporting as (
    select * from {{ ref('int_revenue__reporting_currency') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

use as (
    select
        users.account_id,
        count(distinct user_days.user_id) as ever_active_users,
        count(distinct case
            when user_days.activity_date > {{ add_days('clock.as_of_date', -(checked_var('mau_window_days') | int)) }}
                then user_days.user_id
        end) as active_users,
        cast(sum(user_days.event_count) as bigint) as activity_events,
        min(user_days.activity_date) as first_active_date,
        max(user_days.activity_date) as last_active_date
    from user_days
    inner join users on user_days.user_id = users.user_id
    cross join clock
    group by users.account_id
),

revenue as (
    select
        account_id,
        min(case when closing_cents > 0 then date end) as first_paid_date,
        max(case when movement_type = 'churn' then date end) as last_churn_date
    from movements
    group by account_id
),

paid as (
    select
        account_id,
        cast(sum(case
            when status <> 'succeeded' or kind = 'credit_note' then 0
            when kind = 'charge' then reporting_cents
            else -reporting_cents
        end) as bigint) as paid_cents,
        count(*) filter (where kind = 'charge' and status = 'failed') as failed_payments
    from payments
    group by account_id
),

support as (
    select
        account_id,
        count(*) as tickets,
        count(*) filter (where resolved_date is null) as open_tickets,
        max(opened_date) as last_ticket_date
    from tickets
    group by account_id
),

latest_answers as (
    select
        account_id,
        is_promoter,
        is_detractor,
        row_number() over (partition by user_id order by answer_number desc) as rank_from_end
    from answers
),

opinions as (
    select
        account_id,
        count(*) as responses,
        count(*) filter (where is_promoter) as promoters,
        count(*) filter (where is_detractor) as detractors
    from latest_answers
    where rank_from_end = 1
    group by account_id
),

leaks as (
    select account_id, cast(sum(reporting_cents) as bigint) as leaking_cents
    from leakage
    group by account_id
),

advice as (
    select account_id, count(*) as recommendations
    from recommendations
    group by account_id
),

final as (
    select
        accounts.account_id,
        accounts.name,
        accounts.industry,
        accounts.company_size,
        accounts.country,
        accounts.current_plan_id,
        rfm.segment_name as rfm_segment_name,
        risks.risk_band,
        risks.top_driver,
        accounts.is_registered,
        {{ reporting_amount('accounts.current_mrr_cents') }} as mrr_amount,
        {{ arr_amount('accounts.current_mrr_cents') }} as arr_amount,
        {{ reporting_amount('coalesce(paid.paid_cents, 0)') }} as paid_amount,
        {{ arr_amount('case when risks.is_at_risk then risks.mrr_cents else 0 end') }} as arr_at_risk_amount,
        {{ reporting_amount('coalesce(leaks.leaking_cents, 0)') }} as leaking_amount,
        accounts.user_count,
        coalesce(use.ever_active_users, 0) as ever_active_users,
        coalesce(use.active_users, 0) as active_users,
        coalesce(use.activity_events, 0) as activity_events,
        coalesce(paid.failed_payments, 0) as failed_payments,
        coalesce(support.tickets, 0) as tickets,
        coalesce(support.open_tickets, 0) as open_tickets,
        coalesce(opinions.responses, 0) as nps_responses,
        coalesce(opinions.promoters, 0) as nps_promoters,
        coalesce(opinions.detractors, 0) as nps_detractors,
        coalesce(advice.recommendations, 0) as recommendations,
        risks.risk_score,
        rfm.r_score,
        rfm.f_score,
        rfm.m_score,
        accounts.created_date,
        use.first_active_date,
        use.last_active_date,
        revenue.first_paid_date,
        revenue.last_churn_date,
        support.last_ticket_date,
        clock.as_of_date
    from accounts
    cross join reporting
    cross join clock
    {%- for relation in ['use', 'revenue', 'paid', 'support', 'opinions', 'rfm', 'risks', 'leaks', 'advice'] %}
    left join {{ relation }} on accounts.account_id = {{ relation }}.account_id
    {%- endfor %}
)

select * from final
