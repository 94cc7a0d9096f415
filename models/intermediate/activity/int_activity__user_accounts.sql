{{ config(materialized='view') }}

with registrations as (
    select * from {{ ref('int_activity__registrations') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

final as (
    select user_id, coalesce(account_id, user_id) as account_id
    from registrations

    union all

    select
        merged_users.merged_user_id as user_id,
        coalesce(registrations.account_id, merged_users.user_id) as account_id
    from merged_users
    left join registrations on merged_users.user_id = registrations.user_id
)

select * from final
