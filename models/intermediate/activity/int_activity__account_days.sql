-- the sort for the grouping also serves the window
{{ config(pre_hook="{{ prefer_sorting() }}") }}

with user_days as (
    select * from {{ ref('int_activity__user_days_so_far') }}
),

final as (
    select
        account_id,
        count(*) as user_count,
        cast(sum(event_count) as bigint) as event_count,
        activity_date,
        lag(activity_date) over by_date as previous_date,
        lead(activity_date) over by_date as next_date
    from user_days
    group by account_id, activity_date
    window by_date as (partition by account_id order by activity_date)
)

select * from final
