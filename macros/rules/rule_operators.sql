{# The comparisons that a rule may make. #}
{% macro rule_operators() -%}
    {{ return(['<', '<=', '=', '>=', '>']) }}
{%- endmacro %}
