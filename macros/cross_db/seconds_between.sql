{# Whole seconds from one timestamp to a later one, as a bigint; what is left of a second is dropped. #}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    cast(floor(extract(epoch from ({{ later }}) - ({{ earlier }}))) as bigint)
{%- endmacro %}
