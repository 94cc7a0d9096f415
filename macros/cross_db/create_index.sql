{# An index over all rows of a table or over those that meet a condition; nothing when the engine scans just as fast. #}
{% macro create_index(relation, columns, condition=none) -%}
    {{ return(adapter.dispatch('create_index')(relation, columns, condition)) }}
{%- endmacro %}

{% macro default__create_index(relation, columns, condition) -%}
    create index on {{ relation }} ({{ columns }}){{ ' where ' ~ condition if condition }}
{%- endmacro %}

{% macro duckdb__create_index(relation, columns, condition) -%}
{%- endmacro %}
