-- sessions are also not so close that they would be one; sessions of the source may be
with following as (
    select
        user_id,
        session_id,
        started_at,
        ended_at,
        lead(started_at) over (partition by user_id order by started_at, ended_at) as next_started_at
    from {{ ref('int_activity__sessions') }}
    where source_session_id is null
)

select *
from following
where
    ended_at < started_at
    or next_started_at <= ended_at + interval '{{ checked_var("session_gap_minutes") }} minutes'
