{{ config(materialized='view') }}

with users as (
    select * from {{ ref('stg_app__users') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

owned as (
    select
        users.*,
        merged_users.user_id is not null as is_merged,
        coalesce(merged_users.user_id, users.user_id) as same_as_user_id
    from users
    left join merged_users on users.user_id = merged_users.merged_user_id
),

numbered as (
    select
        *,
        min(created_at) over (partition by same_as_user_id) as first_created_at,
        row_number() over (
            partition by same_as_user_id order by is_merged, created_at, {{ text_order('user_id') }}
        ) as row_number
    from owned
),

final as (
    select
        same_as_user_id as user_id,
        account_id,
        country,
        acquisition_channel,
        is_internal,
        first_created_at as created_at,
        deleted_at
    from numbered
    where row_number = 1
)

select * from final
