{# A bigint that stands for a text when comparing numbers is cheaper: equal texts have equal keys, and different texts hardly
   ever do. #}
{% macro hash_key(expression) -%}
    {{ return(adapter.dispatch('hash_key')(expression)) }}
{%- endmacro %}

{% macro default__hash_key(expression) -%}
    hashtextextended({{ expression }}, 0)
{%- endmacro %}

{% macro duckdb__hash_key(expression) -%}
    cast(hash({{ expression }}) // 2 as bigint)
{%- endmacro %}
