{# A date some whole months later (earlier when negative), as a date; a day that the month lacks
   becomes the month's last. #}
{% macro add_months(date, months) -%}
    {{ return(adapter.dispatch('add_months')(date, months)) }}
{%- endmacro %}

{% macro default__add_months(date, months) -%}
    cast(({{ date }}) + interval '1 month' * ({{ months }}) as date)
{%- endmacro %}
