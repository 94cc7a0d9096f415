{# The value of a property of a JSON object in a text, as text; null when there is none. #}
{% macro json_value(json, name) -%}
    {{ return(adapter.dispatch('json_value')(json, name)) }}
{%- endmacro %}

{% macro default__json_value(json, name) -%}
    (cast({{ json }} as json) ->> {{ name }})
{%- endmacro %}

{% macro duckdb__json_value(json, name) -%}
    json_extract_string({{ json }}, '$."' || {{ name }} || '"')
{%- endmacro %}
