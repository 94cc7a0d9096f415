{# For one transaction that joins CTEs: the planner knows nothing of the rows of a CTE, and a merge join on part of the columns
   compares each row with a whole segment. docs/benchmarks.md#the-tall-table #}
{% macro prefer_hashing() -%}
    {{ return(adapter.dispatch('prefer_hashing')()) }}
{%- endmacro %}

{% macro default__prefer_hashing() -%}
    set local enable_mergejoin = off
{%- endmacro %}

{% macro duckdb__prefer_hashing() -%}
{%- endmacro %}
