{# The calendar date of a naive UTC timestamp in the reporting time zone. #}
{% macro local_date(expression) -%}
    {{ return(adapter.dispatch('local_date')(expression)) }}
{%- endmacro %}

{% macro default__local_date(expression) -%}
    cast({{ local_timestamp(expression) }} as date)
{%- endmacro %}
