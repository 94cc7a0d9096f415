with events as (
    select * from {{ ref('stg_app__events') }}
),

links as (
    select * from {{ ref('int_activity__identity_links') }}
),

tracking_plan as (
    select * from {{ ref('stg_reference__tracking_plan') }}
),

final as (
    select
        events.event_id,
        coalesce(events.user_id, links.user_id) as user_id,
        events.user_id as source_user_id,
        events.anonymous_id,
        events.session_id as source_session_id,
        events.event_name,
        tracking_plan.feature_id,
        events.platform,
        tracking_plan.event_name is not null as is_known_event,
        case
            when tracking_plan.event_name is null then {{ checked_var('unknown_events_are_activity') }}
            else coalesce(tracking_plan.is_activity, true)
        end as is_activity,
        coalesce(links.is_shared, false) as is_shared_anonymous_id,
        {{ local_date('events.occurred_at') }} as event_date,
        events.occurred_at,
        events.loaded_at
    from events
    left join links
        on events.user_id is null
        and events.anonymous_id = links.anonymous_id
        and (links.valid_from is null or events.occurred_at >= links.valid_from)
        and (links.valid_to is null or events.occurred_at < links.valid_to)
    left join tracking_plan on events.event_name = tracking_plan.event_name
)

select * from final
