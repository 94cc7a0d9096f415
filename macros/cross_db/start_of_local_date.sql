{# The naive UTC timestamp at which a date begins in the reporting time zone. #}
{% macro start_of_local_date(expression) -%}
    {{ return(adapter.dispatch('start_of_local_date')(expression)) }}
{%- endmacro %}

{% macro default__start_of_local_date(expression) -%}
    ((cast({{ expression }} as timestamp) at time zone '{{ checked_var("reporting_timezone") }}') at time zone 'UTC')
{%- endmacro %}
