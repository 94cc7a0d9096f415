{# For one transaction: group by sorting. Millions of groups of one row or two overflow a hash table. #}
{% macro prefer_sorting() -%}
    {{ return(adapter.dispatch('prefer_sorting')()) }}
{%- endmacro %}

{% macro default__prefer_sorting() -%}
    set local enable_hashagg = off
{%- endmacro %}

{% macro duckdb__prefer_sorting() -%}
{%- endmacro %}
