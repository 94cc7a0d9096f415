{# A text as SQL writes it; null for none and for an empty one. #}
{% macro text_literal(text) -%}
    {%- if text -%}
    '{{ (text | string).replace("'", "''") }}'
    {%- else -%}
    cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}
