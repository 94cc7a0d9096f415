{{ config(
    unique_key=['user_id', 'session_date'],
    meta={'touched': 'int_activity__touched_spells'},
    full_refresh=full_refresh_of_sessions()
) }}

{%- set by_source = checked_var('use_source_sessions') -%}
{%- set gap = "interval '" ~ checked_var('session_gap_minutes') ~ " minutes'" -%}
{%- set pauses_divide = 'source_session_id is null and ' if by_source -%}

with touched_days as ( -- noqa: ST03
    select * from {{ ref('int_activity__touched_spells') }}
),

events as (
    select *
    from {{ ref('int_activity__events') }}
    where user_id is not null
    {{- and_is_touched('user_id', 'event_date') }}
),

-- each window reads the rows in the order that the one before leaves, so all events are sorted only once
numbered as (
    select
        event_id,
        user_id,
        {{ 'source_session_id' if by_source else 'cast(null as text) as source_session_id' }},
        event_name,
        platform,
        event_date,
        occurred_at,
        sequence,
        row_number() over in_order as user_event_number,
        lag(occurred_at) over in_order is null
        or {{ pauses_divide }}lag(occurred_at) over in_order + {{ gap }} < occurred_at as is_session_start,
        lead(occurred_at) over in_order is null
        or {{ pauses_divide }}occurred_at + {{ gap }} < lead(occurred_at) over in_order as is_session_end
    from events
    window in_order as (
        partition by user_id{{ ', source_session_id' if by_source }} order by occurred_at, {{ id_order('event_id', 'sequence') }}
    )
),

divided as (
    select
        *,
        case when not is_session_end then lead(event_name) over so_far end as next_event_name,
        max(case when is_session_start then user_event_number end) over so_far as first_number
    from numbered
    window so_far as (partition by user_id, source_session_id order by user_event_number)
),

final as (
    select
        event_id,
        first_value(event_id) over of_session as session_id,
        user_id,
        source_session_id,
        cast(user_event_number - first_number + 1 as integer) as event_number,
        event_name,
        next_event_name,
        platform,
        first_value(event_date) over of_session as session_date,
        event_date,
        occurred_at,
        sequence
    from divided
    window of_session as (partition by user_id, source_session_id, first_number order by user_event_number)
)

select * from final
