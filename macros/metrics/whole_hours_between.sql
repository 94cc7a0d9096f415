{# Number of whole periods of so many hours between a timestamp and one that is not earlier. #}
{% macro whole_hours_between(earlier, later, hours) -%}
    cast(floor({{ seconds_between(earlier, later) }} / {{ hours * 3600 }}) as integer)
{%- endmacro %}
