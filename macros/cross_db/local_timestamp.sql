{# What the clocks of the reporting time zone showed at a naive UTC timestamp. #}
{% macro local_timestamp(expression) -%}
    {{ return(adapter.dispatch('local_timestamp')(expression)) }}
{%- endmacro %}

{% macro default__local_timestamp(expression) -%}
    {%- set zone = checked_var('reporting_timezone') -%}
    {%- if zone == 'UTC' -%}
    ({{ expression }})
    {%- else -%}
    ((({{ expression }}) at time zone 'UTC') at time zone '{{ zone }}')
    {%- endif -%}
{%- endmacro %}
