{# The date a number of whole days later (earlier when negative). #}
{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    (({{ date }}) + ({{ days }}))
{%- endmacro %}
