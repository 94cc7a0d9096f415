{# The date a number of whole months later (earlier when negative); a day that the month does not have becomes the month's last
   day. #}
{% macro add_months(date, months) -%}
    {{ return(adapter.dispatch('add_months')(date, months)) }}
{%- endmacro %}

{% macro default__add_months(date, months) -%}
    cast(({{ date }}) + interval '1 month' * ({{ months }}) as date)
{%- endmacro %}
