{# An optional id or attribute that is only white space says nothing. #}
{% macro blank_to_null(expression) -%}
    case when trim({{ expression }}) <> '' then {{ expression }} end
{%- endmacro %}
