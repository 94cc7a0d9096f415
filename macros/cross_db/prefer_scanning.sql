{# For one transaction: read tables in the order in which they lie. To look rows up by an index, each on a page of its
   own, is cheap for a few, and not when all are asked for. #}
{% macro prefer_scanning() -%}
    {{ return(adapter.dispatch('prefer_scanning')()) }}
{%- endmacro %}

{% macro default__prefer_scanning() -%}
    set local enable_indexscan = off
{%- endmacro %}

{% macro duckdb__prefer_scanning() -%}
{%- endmacro %}
