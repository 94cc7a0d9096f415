{# The events of users in the order in which they happened, each with whether it begins and ends a session: one
   row per event. A pause longer than `session_gap_minutes` ends a session, midnight does not. With
   `use_source_sessions` the events that the source put into one session of one user are one, and pauses divide
   the others among themselves.
     events  relation with the columns of int_activity__events

   event_number counts through the events of a user and source_session_id, which is null where pauses divide. One
   select without CTEs, so that a window over its rows by that number needs no second sort of all of them. #}
{% macro session_events(events) -%}
    {%- set by_source = checked_var('use_source_sessions') -%}
    {%- set gap = "interval '" ~ checked_var('session_gap_minutes') ~ " minutes'" -%}
    {%- set pauses_divide = 'source_session_id is null and ' if by_source -%}
    select
        user_id,
        {{ 'source_session_id' if by_source else 'cast(null as text) as source_session_id' }},
        event_id,
        event_name,
        platform,
        event_date,
        occurred_at,
        row_number() over in_order as event_number,
        lag(occurred_at) over in_order is null
        or {{ pauses_divide }}lag(occurred_at) over in_order + {{ gap }} < occurred_at as is_session_start,
        lead(occurred_at) over in_order is null
        or {{ pauses_divide }}occurred_at + {{ gap }} < lead(occurred_at) over in_order as is_session_end
    from {{ events }}
    where user_id is not null
    window in_order as (
        partition by user_id{{ ', source_session_id' if by_source }} order by occurred_at, {{ text_order('event_id') }}
    )
{%- endmacro %}
