with tickets as (
    select * from {{ ref('stg_support__support_tickets') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        tickets.ticket_id,
        coalesce(tickets.account_id, users.account_id) as account_id,
        tickets.priority,
        tickets.category,
        tickets.satisfaction_score,
        tickets.reopened_count,
        {{ local_date('tickets.opened_at') }} as opened_date,
        -- what happens after the as-of date is not known yet
        case
            when isfinite(tickets.first_response_at) and {{ local_date('tickets.first_response_at') }} <= clock.as_of_date
                then greatest({{ seconds_between('tickets.opened_at', 'tickets.first_response_at') }}, 0)
        end as response_seconds,
        case
            when isfinite(tickets.resolved_at) and {{ local_date('tickets.resolved_at') }} <= clock.as_of_date
                then greatest({{ seconds_between('tickets.opened_at', 'tickets.resolved_at') }}, 0)
        end as resolution_seconds,
        case
            when isfinite(tickets.resolved_at) and {{ local_date('tickets.resolved_at') }} <= clock.as_of_date
                then greatest({{ local_date('tickets.resolved_at') }}, {{ local_date('tickets.opened_at') }})
        end as resolved_date
    from tickets
    cross join clock
    left join merged_users on tickets.user_id = merged_users.merged_user_id
    left join users on coalesce(merged_users.user_id, tickets.user_id) = users.user_id
    where {{ local_date('tickets.opened_at') }} <= clock.as_of_date
)

select * from final
