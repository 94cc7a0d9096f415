{# Whole seconds from one timestamp to a later one, as a bigint; what is left of a second is dropped. #}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    {#- not extract, which on Postgres counts in decimals, slowly; doubles hold microseconds of 270 years -#}
    cast(floor(date_part('epoch', ({{ later }}) - ({{ earlier }}))) as bigint)
{%- endmacro %}
