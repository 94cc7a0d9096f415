{# The parameters that change a metric, with the values in force. #}
{% macro metric_parameters(metric) -%}
    {%- set parts = [] -%}
    {%- for name in metric.vars -%}
        {%- set value = checked_var(name) -%}
        {%- if value is sequence and value is not string -%}
            {%- set value = value | join(' ') -%}
        {%- endif -%}
        {%- do parts.append(name ~ '=' ~ (value | string | lower if value is boolean else value)) -%}
    {%- endfor -%}
    {{ return(parts | join(', ')) }}
{%- endmacro %}
