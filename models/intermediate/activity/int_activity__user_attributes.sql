{{ config(materialized='view') }}

with users as (
    select * from {{ ref('int_activity__users') }}
),

accounts as (
    select * from {{ ref('int_revenue__accounts') }}
),

final as (
    select
        users.user_id,
        users.country,
        users.platform,
        users.acquisition_channel,
        accounts.company_size,
        accounts.current_plan_id
    from users
    left join accounts on users.account_id = accounts.account_id
    where users.is_counted
)

select * from final
