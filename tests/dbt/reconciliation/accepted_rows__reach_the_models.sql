-- a row that is neither duplicate nor rejected is used; both sides count independently
with accepted as (
    select table_name, sum(accepted_rows) as row_count
    from {{ ref('rows_by_load') }}
    where table_name in ('events', 'users', 'subscription_changes')
    group by table_name
),

used as (
    select 'events' as table_name, count(*) as row_count from {{ ref('int_activity__events') }}
    union all
    -- a merged user is in the row of another user
    select 'users' as table_name, count(*) as row_count
    from {{ ref('stg_app__users') }} as users
    left join {{ ref('int_activity__merged_users') }} as merged_users on users.user_id = merged_users.merged_user_id
    inner join {{ ref('dim_users') }} as people on coalesce(merged_users.user_id, users.user_id) = people.user_id
    where people.is_registered
    union all
    select 'subscription_changes' as table_name, count(*) as row_count
    from {{ ref('stg_billing__subscription_changes') }}
)

select used.table_name, accepted.row_count as accepted_rows, used.row_count as used_rows
from used
left join accepted on used.table_name = accepted.table_name
where used.row_count <> coalesce(accepted.row_count, 0)
