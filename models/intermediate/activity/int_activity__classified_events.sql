{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['event_key', 'event_id'],
    pre_hook=["{{ prefer_sorting() }}", "{{ prefer_scanning() if not is_incremental() }}"],
    post_hook=[
        "{{ index_classified_events() }}",
        "{{ remember_build(seen_at='(select max(loaded_at) from ' ~ ref('stg_app__event_loads') ~ ')') }}"
    ]
) }}

{%- set arrivals = {
    'key': ['event_id'],
    'keep': 'first',
    'arrived_at': 'coalesce(received_at, loaded_at)',
    'contents': ['occurred_at', 'user_id', 'anonymous_id', 'event_name', 'received_at', 'sequence', 'session_id', 'platform', 'properties'],
    'plain': ['occurred_at', 'received_at', 'sequence'],
} %}

with events as (
    select * from {{ ref('stg_app__events') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

links as (
    select * from {{ ref('int_activity__identity_links') }}
),

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

tracking_plan as (
    select * from {{ ref('stg_reference__tracking_plan') }}
),

-- CTEs that are read twice are computed twice: keeping them would write all events to disk
{% if is_incremental() -%}
{%- set last = last_build('int_activity__classified_events') -%}
arrived as (
    select
        {{ hash_key('event_id') }} as event_key,
        cast(null as text) as previous_user_id,
        events.*
    from events
    {%- if last.seen_at is not none %}
    where loaded_at > cast('{{ last.seen_at }}' as timestamp)
    {%- endif %}
),

-- keys with a row that arrived, has a new owner or was in the future until now
touched as (
    select event_key, event_id from arrived
    union
    select classified.event_key, classified.event_id
    from {{ this }} as classified
    where
        classified.source_user_id is null
        and classified.anonymous_id in (
            select links.anonymous_id from links where links.built_at > cast('{{ last.built_at }}' as timestamp)
        )
    union
    -- a user was merged into another, or is no longer merged as before
    select classified.event_key, classified.event_id
    from {{ this }} as classified
    where
        classified.row_status = 'accepted'
        and classified.user_id in (select merged_users.merged_user_id from merged_users)
    union
    select classified.event_key, classified.event_id
    from {{ this }} as classified
    left join merged_users
        on classified.source_user_id = merged_users.merged_user_id
        and classified.user_id = merged_users.user_id
    where
        classified.row_status = 'accepted'
        and classified.user_id <> classified.source_user_id
        and merged_users.user_id is null
    union
    select classified.event_key, classified.event_id
    from {{ this }} as classified
    cross join clock
    where
        classified.row_status <> 'accepted'
        and classified.rejection_reason = 'future_timestamp'
        and classified.occurred_at <= clock.latest_at
),

renamed as not materialized (
    select * from arrived
    union all
    select
        classified.event_key,
        classified.user_id as previous_user_id,
        classified.event_id,
        classified.source_user_id as user_id,
        classified.anonymous_id,
        classified.event_name,
        classified.occurred_at,
        classified.received_at,
        classified.sequence,
        classified.source_session_id as session_id,
        classified.platform,
        classified.properties,
        classified.load_id,
        classified.loaded_at
    from {{ this }} as classified
    inner join touched
        on classified.event_key = touched.event_key
        and classified.event_id = touched.event_id
),
{%- else -%}
renamed as not materialized (
    select
        {{ hash_key('event_id') }} as event_key,
        cast(null as text) as previous_user_id,
        events.*
    from events
),
{%- endif %}

-- Few keys came twice, and only their rows need to be put in order. Postgres would expect a third of all keys for
-- `count(*) > 1`, but few for a count of an expression (never null) between two numbers: docs/benchmarks.md#surprising-plans.
repeated as (
    select event_key
    from renamed
    group by event_key
    having count(loaded_at is null) between 2 and 9223372036854775807
),

classified as not materialized (
    select
        renamed.*,
        {{ rejection_reason(
            ids=['event_id'],
            timestamp='occurred_at',
            any_id=['user_id', 'anonymous_id']
        ) }} as rejection_reason
    from renamed
    cross join clock
),

numbered as (
    select
        classified.*,
        {{ arrival_number(**arrivals) }} as arrival_number,
        {{ is_conflict(**arrivals) }} as is_conflict
    from classified
    -- not `in`: with little memory Postgres would compare every event with every repeated key (docs/benchmarks.md#everything)
    inner join repeated on classified.event_key = repeated.event_key

    union all

    select classified.*, 1 as arrival_number, false as is_conflict
    from classified
    where not exists (select 1 from repeated where repeated.event_key = classified.event_key)
),

ranked as (
    select
        numbered.*,
        {{ quarantine_reason() }} as quarantine_reason,
        {{ row_status() }} as row_status
    from numbered
),

owned as (
    select
        ranked.event_key,
        ranked.event_id,
        coalesce(merged_users.user_id, ranked.user_id, links.user_id) as user_id,
        ranked.previous_user_id,
        ranked.user_id as source_user_id,
        ranked.anonymous_id,
        ranked.session_id as source_session_id,
        ranked.event_name,
        tracking_plan.feature_id,
        ranked.platform,
        ranked.properties,
        ranked.row_status,
        ranked.quarantine_reason as rejection_reason,
        tracking_plan.event_name is not null as is_known_event,
        case
            when tracking_plan.event_name is null then {{ checked_var('unknown_events_are_activity') }}
            else coalesce(tracking_plan.is_activity, true)
        end as is_activity,
        case when ranked.row_status = 'accepted' then {{ local_date('ranked.occurred_at') }} end as event_date,
        ranked.occurred_at,
        ranked.received_at,
        ranked.sequence,
        ranked.load_id,
        ranked.loaded_at
    from ranked
    left join links
        on case when ranked.user_id is null and ranked.row_status = 'accepted' then ranked.anonymous_id end = links.anonymous_id
        and (links.valid_from is null or ranked.occurred_at >= links.valid_from)
        and (links.valid_to is null or ranked.occurred_at < links.valid_to)
    left join merged_users
        on case when ranked.row_status = 'accepted' then ranked.user_id end = merged_users.merged_user_id
    left join tracking_plan on ranked.event_name = tracking_plan.event_name
),

final as (
    select
        owned.*,
        {{ build_time() }} as built_at
    from owned
)

select * from final
