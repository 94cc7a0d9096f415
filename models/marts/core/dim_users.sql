with users as (
    select * from {{ ref('int_activity__users') }}
),

user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

active_dates as (
    select
        user_id,
        min(activity_date) as first_active_date,
        max(activity_date) as last_active_date
    from user_days
    group by user_id
),

final as (
    select
        users.user_id,
        users.account_id,
        users.country,
        users.platform,
        users.acquisition_channel,
        accounts.current_plan_id,
        users.is_registered,
        users.is_internal,
        users.is_deleted,
        users.is_counted,
        users.signup_date,
        active_dates.first_active_date,
        active_dates.last_active_date
    from users
    left join active_dates on users.user_id = active_dates.user_id
    left join accounts on users.account_id = accounts.account_id
)

select * from final
