{# Tell the planner about a table that was just written; nothing where the engine needs no telling. #}
{% macro gather_statistics(relation) -%}
    {{ return(adapter.dispatch('gather_statistics')(relation)) }}
{%- endmacro %}

{% macro default__gather_statistics(relation) -%}
    analyze {{ relation }}
{%- endmacro %}

{% macro duckdb__gather_statistics(relation) -%}
{%- endmacro %}
