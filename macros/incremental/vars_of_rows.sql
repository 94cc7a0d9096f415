{# The parameters that the rows of an incremental model depend on: those that its own SQL uses, or the SQL of the views before
   it that are always rebuilt. A test compares the list with the SQL. #}
{% macro vars_of_rows() -%}
    {{ return({
        'stg_app__event_loads': ['future_skew_minutes', 'reporting_timezone'],
        'stg_app__event_ids': ['min_plausible_date', 'reporting_timezone'],
        'int_activity__identity_links': [
            'events_link_devices', 'future_skew_minutes', 'min_plausible_date', 'reporting_timezone'
        ],
        'int_activity__classified_events': [
            'future_skew_minutes', 'min_plausible_date', 'reporting_timezone', 'unknown_events_are_activity'
        ],
        'int_activity__user_days': ['reporting_timezone'],
        'int_activity__platform_days': ['reporting_timezone'],
        'int_activity__feature_uses': ['reporting_timezone'],
        'int_activity__session_events': ['reporting_timezone', 'session_gap_minutes', 'use_source_sessions'],
        'int_activity__sessions': ['reporting_timezone', 'session_gap_minutes', 'use_source_sessions'],
    }) }}
{%- endmacro %}
