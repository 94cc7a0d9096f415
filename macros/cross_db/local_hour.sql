{# The hour, 0 to 23, of a naive UTC timestamp in the reporting time zone; when clocks go back, two hours have the same number. #}
{% macro local_hour(expression) -%}
    {{ return(adapter.dispatch('local_hour')(expression)) }}
{%- endmacro %}

{% macro default__local_hour(expression) -%}
    cast(date_part('hour', {{ local_timestamp(expression) }}) as integer)
{%- endmacro %}
