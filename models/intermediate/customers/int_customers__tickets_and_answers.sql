{%- set window = checked_var('mau_window_days') | int -%}
{%- set memory = checked_var('signal_memory_days') -%}

with scored_accounts as (
    select * from {{ ref('int_customers__scored_accounts') }}
),

scoring_days as (
    select * from {{ ref('int_customers__scoring_days') }}
),

tickets as (
    select * from {{ ref('int_customers__tickets') }}
),

answers as (
    select * from {{ ref('int_customers__nps_answers') }}
),

opened_tickets as (
    select tickets.account_id, scoring_days.month, count(*) as tickets
    from tickets
    inner join scoring_days on tickets.opened_date = scoring_days.date and scoring_days.days_before <= {{ window }}
    group by tickets.account_id, scoring_days.month
),

ranked_answers as (
    select
        answers.account_id,
        scoring_days.month,
        answers.score,
        row_number() over (
            partition by answers.user_id, scoring_days.month
            order by answers.answer_number desc
        ) as rank_from_end
    from answers
    inner join scoring_days on answers.date = scoring_days.date and scoring_days.days_before <= {{ memory }}
),

opinions as (
    select account_id, month, cast(sum(score) as double precision) / count(*) as nps_score
    from ranked_answers
    where rank_from_end = 1
    group by account_id, month
),

final as (
    select
        scored_accounts.account_id,
        scored_accounts.month,
        coalesce(opened_tickets.tickets, 0) as tickets,
        opinions.nps_score
    from scored_accounts
    left join opened_tickets
        on scored_accounts.account_id = opened_tickets.account_id and scored_accounts.month = opened_tickets.month
    left join opinions
        on scored_accounts.account_id = opinions.account_id and scored_accounts.month = opinions.month
)

select * from final
