{# The rows of its mart that are a metric, as a condition in SQL; empty for all rows. #}
{% macro metric_filter(metric) -%}
    {%- set conditions = [] -%}
    {%- for name, value in metric.where.items() -%}
        {%- do conditions.append(name ~ ' = ' ~ (text_literal(value) if value is string else value | string | lower)) -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro %}
