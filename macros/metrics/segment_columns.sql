{# The columns by whose values rows about users or accounts are cut into segments. #}
{% macro segment_columns(unit) -%}
    {{ return(segment_attributes(unit) + ['current_plan_id']) }}
{%- endmacro %}
