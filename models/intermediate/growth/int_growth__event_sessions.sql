{%- set by_source = checked_var('use_source_sessions') %}

with events as (
    select * from {{ ref('int_activity__events') }}
),

sessions as (
    select * from {{ ref('int_activity__sessions') }}
),

funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

moments as (
    select
        null as event_id,
        user_id,
        source_session_id,
        started_at,
        started_at as occurred_at
    from sessions

    union all

    select
        event_id,
        user_id,
        {{ 'source_session_id' if by_source else 'null as source_session_id' }},
        null as started_at,
        occurred_at
    from events
    where
        user_id is not null
        and exists (select 1 from funnels where funnels.unit = 'session')
),

placed as (
    select
        event_id,
        user_id,
        source_session_id,
        -- the session that began last, also at the same moment
        max(started_at) over (partition by user_id, source_session_id order by occurred_at) as started_at
    from moments
),

final as (
    select
        placed.event_id,
        sessions.session_id
    from placed
    inner join sessions
        on placed.user_id = sessions.user_id
        and placed.started_at = sessions.started_at
        -- sessions of the source may begin together
        and placed.source_session_id is not distinct from sessions.source_session_id
    where placed.event_id is not null
)

select * from final
