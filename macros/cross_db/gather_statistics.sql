{# After each model: tell the planner about a table that was just written, before another one reads it; nothing where the
   engine needs no telling, for views, and where only some rows were replaced. #}
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
