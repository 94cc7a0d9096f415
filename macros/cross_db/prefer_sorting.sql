{# For one transaction: group by sorting, because millions of groups of one or two rows overflow a hash table.
   Measured in docs/benchmarks.md#surprising-plans. #}
{% macro prefer_sorting() -%}
    {{ return(adapter.dispatch('prefer_sorting')()) }}
{%- endmacro %}

{% macro default__prefer_sorting() -%}
    set local enable_hashagg = off
{%- endmacro %}

{% macro duckdb__prefer_sorting() -%}
{%- endmacro %}
