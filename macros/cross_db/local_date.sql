{# The calendar date of a naive UTC timestamp in the reporting time zone. #}
{% macro local_date(expression) -%}
    {{ return(adapter.dispatch('local_date')(expression)) }}
{%- endmacro %}

{% macro default__local_date(expression) -%}
    {%- set zone = checked_var('reporting_timezone') -%}
    {%- if zone == 'UTC' -%}
    cast({{ expression }} as date)
    {%- else -%}
    cast((({{ expression }}) at time zone 'UTC') at time zone '{{ zone }}' as date)
    {%- endif -%}
{%- endmacro %}
