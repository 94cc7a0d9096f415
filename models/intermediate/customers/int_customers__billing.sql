{%- set window = checked_var('mau_window_days') | int -%}
{%- set memory = checked_var('signal_memory_days') -%}

with scored_accounts as (
    select * from {{ ref('int_customers__scored_accounts') }}
),

scoring_days as (
    select * from {{ ref('int_customers__scoring_days') }}
),

subscriptions as (
    select * from {{ ref('int_revenue__subscriptions') }}
),

subscription_states as (
    select * from {{ ref('int_revenue__subscription_states') }}
),

subscription_mrr as (
    select * from {{ ref('int_revenue__subscription_mrr') }}
),

movements as (
    select * from {{ ref('int_revenue__account_movements') }}
),

payments as (
    select * from {{ ref('int_customers__payments') }}
),

-- what the account pays for at the close before the scoring date
subscription_closes as (
    select
        scored_accounts.account_id,
        scored_accounts.month,
        sum(subscription_states.quantity * subscription_states.included_seats) as seats,
        count(case when subscriptions.cancel_requested_date < scored_accounts.scoring_date then 1 end) as cancel_requests,
        max(
            case
                when subscription_states.status = 'past_due'
                    then {{ days_between('subscription_states.grace_end_date', 'scored_accounts.scoring_date') }}
                        + {{ checked_var('past_due_grace_days') }}
                else 0
            end
        ) as days_past_due
    from scored_accounts
    inner join subscription_mrr
        on scored_accounts.account_id = subscription_mrr.account_id
        and subscription_mrr.valid_from < scored_accounts.scoring_date
        and (subscription_mrr.valid_to is null or subscription_mrr.valid_to >= scored_accounts.scoring_date)
    inner join subscription_states
        on subscription_mrr.subscription_id = subscription_states.subscription_id
        and subscription_states.valid_from < scored_accounts.scoring_date
        and (subscription_states.valid_to is null or subscription_states.valid_to >= scored_accounts.scoring_date)
    inner join subscriptions on subscription_mrr.subscription_id = subscriptions.subscription_id
    where subscription_mrr.mrr_minor_units > 0
    group by scored_accounts.account_id, scored_accounts.month
),

failures as (
    select payments.account_id, scoring_days.month, count(*) as failed_payments
    from payments
    inner join scoring_days on payments.date = scoring_days.date and scoring_days.days_before <= {{ window }}
    where payments.kind = 'charge' and payments.status = 'failed'
    group by payments.account_id, scoring_days.month
),

contractions as (
    select movements.account_id, scoring_days.month, count(*) as downgrades
    from movements
    inner join scoring_days on movements.date = scoring_days.date and scoring_days.days_before <= {{ memory }}
    where movements.movement_type = 'contraction'
    group by movements.account_id, scoring_days.month
),

final as (
    select
        scored_accounts.account_id,
        scored_accounts.month,
        subscription_closes.seats,
        subscription_closes.cancel_requests,
        subscription_closes.days_past_due,
        coalesce(failures.failed_payments, 0) as failed_payments,
        coalesce(contractions.downgrades, 0) as downgrades
    from scored_accounts
    left join subscription_closes
        on scored_accounts.account_id = subscription_closes.account_id and scored_accounts.month = subscription_closes.month
    left join failures
        on scored_accounts.account_id = failures.account_id and scored_accounts.month = failures.month
    left join contractions
        on scored_accounts.account_id = contractions.account_id and scored_accounts.month = contractions.month
)

select * from final
