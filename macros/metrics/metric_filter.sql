{# The rows of its mart that are a metric, or a source of metrics, as a condition in SQL; empty for all rows.
     relation  the name before the columns, if they need one #}
{% macro metric_filter(metric, relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- set conditions = [] -%}
    {%- for name, value in metric.where.items() -%}
        {%- do conditions.append(prefix ~ name ~ ' = ' ~ (text_literal(value) if value is string else value | string | lower)) -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro %}
