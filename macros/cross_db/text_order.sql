{# A text for sorting by code point, so that ties are decided in the same way under any collation. #}
{% macro text_order(expression) -%}
    {{ return(adapter.dispatch('text_order')(expression)) }}
{%- endmacro %}

{% macro default__text_order(expression) -%}
    (({{ expression }}) collate "C")
{%- endmacro %}

{% macro duckdb__text_order(expression) -%}
    ({{ expression }})
{%- endmacro %}
