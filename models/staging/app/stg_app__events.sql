with judged as (
    select * from {{ ref('base_app__events') }}
),

final as (
    select
        event_id,
        user_id,
        anonymous_id,
        event_name,
        occurred_at,
        received_at,
        session_id,
        platform,
        properties,
        loaded_at
    from judged
    where row_status = 'accepted'
)

select * from final
