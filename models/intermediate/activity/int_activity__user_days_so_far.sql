{{ config(materialized='view') }}

with user_days as (
    select * from {{ ref('int_activity__user_days') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

final as (
    select
        user_days.user_id,
        users.account_id,
        user_days.event_count,
        user_days.activity_date,
        user_days.previous_date,
        user_days.next_date
    from user_days
    inner join users on user_days.user_id = users.user_id
    cross join clock
    where
        users.is_counted
        -- the allowed skew may reach into the next day
        and user_days.activity_date <= clock.last_date
)

select * from final
