with user_days as (
    select * from {{ ref('int_activity__counted_user_days') }}
),

users as (
    select * from {{ ref('int_activity__users') }}
),

final as (
    select
        users.account_id,
        count(*) as user_count,
        cast(sum(user_days.event_count) as bigint) as event_count,
        user_days.activity_date
    from user_days
    inner join users on user_days.user_id = users.user_id
    group by users.account_id, user_days.activity_date
)

select * from final
