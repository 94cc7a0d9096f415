{# A date some whole days later (earlier when negative), as a date. #}
{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    (({{ date }}) + ({{ days }}))
{%- endmacro %}
