{# The columns whose values split rows about users or accounts into segments. #}
{% macro segment_columns(unit) -%}
    {{ return(segment_attributes(unit) + ['current_plan_id']) }}
{%- endmacro %}
