with sessions as (
    select * from {{ ref('int_activity__sessions_so_far') }}
),

final as (
    select
        session_id,
        user_id,
        first_event_name,
        platform,
        is_bounce,
        event_count,
        duration_seconds,
        session_date,
        started_at,
        ended_at
    from sessions
)

select * from final
