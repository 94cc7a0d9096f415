{# An optional id or attribute that is only white space counts as null. #}
{% macro blank_to_null(expression) -%}
    case when not {{ is_blank(expression) }} then {{ expression }} end
{%- endmacro %}
