{# How many whole spans of so many hours lie between two timestamps. #}
{% macro spans_between(earlier, later, hours) -%}
    cast(floor({{ seconds_between(earlier, later) }} / {{ hours * 3600 }}.0) as integer)
{%- endmacro %}
