{# After each model: update the planner's statistics of a table that was just written, before another model reads it; nothing
   for views, for tables of which only some rows were replaced, and on an engine that does not need it. Where it helped is in
   docs/benchmarks.md#revenue. #}
{% macro gather_statistics(relation) -%}
    {%- set materialized = config.get('materialized') -%}
    {%- if materialized == 'table' or (materialized == 'incremental' and not is_incremental()) -%}
        {{ return(adapter.dispatch('gather_statistics')(relation)) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__gather_statistics(relation) -%}
    analyze {{ relation }}
{%- endmacro %}

{% macro duckdb__gather_statistics(relation) -%}
{%- endmacro %}
