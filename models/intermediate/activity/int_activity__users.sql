with users as (
    select * from {{ ref('int_activity__registrations') }}
),

platform_days as (
    select * from {{ ref('int_activity__platform_days') }}
),

user_aliases as (
    select * from {{ ref('stg_app__user_aliases') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

subscriptions as (
    select * from {{ ref('stg_billing__subscriptions') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

-- only few rows are left to put in order
user_platforms as (
    select
        user_id,
        platform,
        min(first_at) as first_at
    from platform_days
    group by user_id, platform
),

platforms as (
    select
        user_id,
        platform,
        row_number() over (
            partition by user_id order by first_at, {{ text_order('platform') }}
        ) as platform_number
    from user_platforms
    where platform is not null
),

first_platforms as (
    select user_id, platform from platforms where platform_number = 1
),

named as (
    select user_id from users
    union
    select user_id from user_platforms
    union
    select user_id from user_aliases
    union
    select user_id from subscriptions where user_id is not null
),

ids as (
    select distinct coalesce(merged_users.user_id, named.user_id) as user_id
    from named
    left join merged_users on named.user_id = merged_users.merged_user_id
),

described as (
    select
        ids.user_id,
        -- a user without an account is their own
        coalesce(users.account_id, ids.user_id) as account_id,
        users.country,
        first_platforms.platform,
        users.acquisition_channel,
        users.user_id is not null as is_registered,
        coalesce(users.is_internal, false) as is_internal,
        coalesce({{ local_date('users.deleted_at') }} <= clock.as_of_date, false) as is_deleted,
        {{ local_date('users.created_at') }} as signup_date
    from ids
    cross join clock
    left join users on ids.user_id = users.user_id
    left join first_platforms on ids.user_id = first_platforms.user_id
),

final as (
    select
        user_id,
        account_id,
        country,
        platform,
        acquisition_channel,
        is_registered,
        is_internal,
        is_deleted,
        (not is_internal or {{ checked_var('include_internal_users') }})
        and (not is_deleted or {{ checked_var('include_deleted_users') }}) as is_counted,
        signup_date
    from described
)

select * from final
