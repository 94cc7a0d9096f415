{# Indexes that find the few rows that a day touches: by key, by user and date, by the anonymous id that decides which user
   they belong to, by the id of a merged user, by the build that classified them if it was a later one, and the quarantined
   ones. #}
{% macro index_classified_events() -%}
    {%- if execute and not is_incremental() -%}
    {{ create_index(this, 'event_key') }};
    {{ create_index(this, 'user_id, event_date', "row_status = 'accepted'") }};
    {{ create_index(this, 'anonymous_id', 'source_user_id is null') }};
    {{ create_index(this, 'source_user_id', 'user_id <> source_user_id') }};
    {{ create_index(this, 'built_at', 'built_at > ' ~ build_time()) }};
    {{ create_index(this, 'load_id', "row_status <> 'accepted'") }}
    {%- endif -%}
{%- endmacro %}
