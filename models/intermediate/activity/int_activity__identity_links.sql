{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='anonymous_id',
    post_hook=[
        "{{ forget_lost_devices() }}",
        "{{ remember_build(seen_rows='(select count(*) from ' ~ schema_of('raw') ~ '.user_aliases)') }}"
    ]
) }}

with clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

user_aliases as (
    select * from {{ ref('stg_app__user_aliases') }}
),
{%- if checked_var('events_link_devices') %}

events as (
    select * from {{ ref('stg_app__events') }}
),

event_ids as (
    select * from {{ ref('stg_app__event_ids') }}
),
{%- endif %}

merged_users as (
    select * from {{ ref('int_activity__merged_users') }}
),

told as (
    select
        anonymous_id,
        user_id,
        linked_at,
        false as is_by_event
    from user_aliases
    where same_as_user_id is null
    {%- if checked_var('events_link_devices') %}
    union all
    select
        event_ids.anonymous_id,
        event_ids.user_id,
        event_ids.first_at as linked_at,
        true as is_by_event
    from event_ids
    cross join clock
    where
        event_ids.anonymous_id is not null
        and event_ids.user_id is not null
        and (clock.latest_at is null or event_ids.first_at <= clock.latest_at)
    {%- endif %}
),

known as (
    select
        told.anonymous_id,
        coalesce(merged_users.user_id, told.user_id) as user_id,
        told.linked_at,
        told.is_by_event
    from told
    left join merged_users on told.user_id = merged_users.merged_user_id
),

{% if checked_var('events_link_devices') -%}
-- for a device that changes hands every event matters, for other devices only the first
shared as (
    select anonymous_id
    from known
    group by anonymous_id
    having count(distinct user_id) > 1 and bool_or(is_by_event)
),

{% endif -%}
links as (
    select anonymous_id, user_id, linked_at from known
    {%- if checked_var('events_link_devices') %}
    union all
    select
        events.anonymous_id,
        coalesce(merged_users.user_id, events.user_id) as user_id,
        events.occurred_at as linked_at
    from events
    inner join shared on events.anonymous_id = shared.anonymous_id
    cross join clock
    left join merged_users on events.user_id = merged_users.merged_user_id
    where
        events.user_id is not null
        and {{ tells_of_ids() }}
        and (clock.latest_at is null or events.occurred_at <= clock.latest_at)
    {%- endif %}
),

one_per_instant as (
    select
        anonymous_id,
        linked_at,
        min({{ text_order('user_id') }}) as user_id
    from links
    group by anonymous_id, linked_at
),

ordered as (
    select
        *,
        lag(user_id) over (partition by anonymous_id order by linked_at) as previous_user_id
    from one_per_instant
),

intervals as (
    select
        anonymous_id,
        user_id,
        -- the first link also holds for everything before it
        case when previous_user_id is not null then linked_at end as valid_from,
        lead(linked_at) over (partition by anonymous_id order by linked_at) as valid_to
    from ordered
    where previous_user_id is null or previous_user_id <> user_id
),
{%- if is_incremental() %}

-- a new link always changes the interval before it
changed as (
    select * from intervals
    except
    select anonymous_id, user_id, valid_from, valid_to from {{ this }}
),
{%- endif %}

final as (
    select
        intervals.*,
        {{ build_time() }} as built_at
    from intervals
    {%- if is_incremental() %}
    where intervals.anonymous_id in (select changed.anonymous_id from changed)
    {%- endif %}
)

select * from final
