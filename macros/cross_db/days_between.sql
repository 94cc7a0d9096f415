{# Whole days from one date to another; negative when the other is earlier. #}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between')(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    (({{ last }}) - ({{ first }}))
{%- endmacro %}
