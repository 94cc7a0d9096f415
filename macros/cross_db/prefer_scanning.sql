{# For one transaction that reads tables as a whole: in the order in which they lie, and by several workers. To look rows
   up by an index, each on a page of its own, is cheap for a few, and not when all are asked for; a row that a worker
   hands over costs what reading it costs, not ten times as much. #}
{% macro prefer_scanning() -%}
    {{ return(adapter.dispatch('prefer_scanning')()) }}
{%- endmacro %}

{% macro default__prefer_scanning() -%}
    set local enable_indexscan = off;
    set local enable_bitmapscan = off;
    set local parallel_tuple_cost = 0.02
{%- endmacro %}

{% macro duckdb__prefer_scanning() -%}
{%- endmacro %}
