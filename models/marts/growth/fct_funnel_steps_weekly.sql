with funnel_step_counts as (
    select * from {{ ref('int_growth__funnel_step_counts') }}
),

final as (
    select
        funnel_id,
        segment_name,
        segment_value,
        entry_week,
        step_number,
        step_name,
        is_last_step,
        is_complete,
        users,
        open_users,
        closed_users,
        previous_closed_users,
        first_closed_users,
        reentered_users,
        settled_users,
        step_conversion_rate,
        overall_conversion_rate,
        median_seconds_from_previous,
        p90_seconds_from_previous,
        as_of_date
    from funnel_step_counts
    where entry_period <> 'all'
)

select * from final
