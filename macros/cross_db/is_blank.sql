{# Whether a text is empty or consists of spaces. #}
{% macro is_blank(expression) -%}
    {{ return(adapter.dispatch('is_blank')(expression)) }}
{%- endmacro %}

{# `trim` takes a text apart character by character; a bpchar is compared without its trailing spaces, which is ten times as
   fast. #}
{% macro default__is_blank(expression) -%}
    cast({{ expression }} as bpchar) = ''
{%- endmacro %}

{% macro duckdb__is_blank(expression) -%}
    trim({{ expression }}) = ''
{%- endmacro %}
