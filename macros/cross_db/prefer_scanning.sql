{# For one transaction that reads whole tables: read them in their physical order and by several workers. Looking up rows by an
   index, each on its own page, is cheap for a few rows and not for all. A row that a worker hands over costs as much as
   reading it, not ten times as much. Measured in docs/benchmarks.md#surprising-plans. #}
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
