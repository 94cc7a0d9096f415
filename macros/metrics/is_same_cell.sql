{# The condition that measures are of a period and a segment, which are columns of two relations. #}
{% macro is_same_cell(periods, segments, measures) -%}
    {{ periods }}.period_grain = {{ measures }}.period_grain
    and {{ periods }}.period_start = {{ measures }}.period_start
    and {{ segments }}.segment_name = {{ measures }}.segment_name
    and {{ segments }}.segment_value = {{ measures }}.segment_value
{%- endmacro %}
