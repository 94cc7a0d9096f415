{{ config(
    unique_key=['user_id', 'session_date'],
    meta={'touched': 'int_activity__touched_spells'},
    full_refresh=full_refresh_of_sessions()
) }}

with touched_days as ( -- noqa: ST03
    select * from {{ ref('int_activity__touched_spells') }}
),

session_events as (
    select *
    from {{ ref('int_activity__session_events') }}
    where true
    {{- and_is_touched('user_id', 'session_date') }}
),

final as (
    select
        session_id,
        user_id,
        source_session_id,
        max(case when event_number = 1 then event_name end) as first_event_name,
        max(case when event_number = 1 then platform end) as platform,
        count(*) as event_count,
        session_date,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from session_events
    group by session_id, user_id, source_session_id, session_date
)

select * from final
