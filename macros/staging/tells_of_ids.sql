{# Whether a row of events may show who used a device: it has a key and happened at a possible time. A second delivery may show
   it too, and an event in the future once that time is over. #}
{% macro tells_of_ids() -%}
    not {{ is_blank('events.event_id') }}
    and isfinite(events.occurred_at)
    and events.occurred_at >= {{ start_of_local_date("'" ~ checked_var('min_plausible_date') ~ "'") }}
{%- endmacro %}
