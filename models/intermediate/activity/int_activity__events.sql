{{ config(materialized='view') }}

-- no CTEs: Postgres joins a view with CTEs only as a whole, and would not find events of single days by their
-- index: docs/decisions/incremental.md#events-of-single-days-are-found-by-an-index
select
    event_id,
    user_id,
    source_user_id,
    anonymous_id,
    source_session_id,
    event_name,
    feature_id,
    platform,
    properties,
    is_known_event,
    is_activity,
    event_date,
    occurred_at,
    received_at,
    sequence,
    loaded_at
from {{ ref('int_activity__classified_events') }}
where row_status = 'accepted'
