{# Whole seconds from one timestamp to a later one, as a bigint; fractions of a second are dropped. #}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    {#- not extract, because on Postgres it counts in decimals, which is slow; doubles hold the microseconds of 270 years -#}
    cast(floor(date_part('epoch', ({{ later }}) - ({{ earlier }}))) as bigint)
{%- endmacro %}
