with steps as (
    select
        *,
        lag(users) over in_order as users_before,
        lag(closed_users) over in_order as closed_users_before
    from {{ ref('fct_funnel_steps_weekly') }}
    window in_order as (
        partition by funnel_id, segment_name, segment_value, entry_week order by step_number
    )
)

select * from steps
where
    users > users_before
    or closed_users > closed_users_before
    or closed_users > users
    or open_users > users
    or step_conversion_rate > 1
    or overall_conversion_rate > 1
