{# Schemas are named by layer, without the target's schema before it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ schema_of(custom_schema_name | trim) if custom_schema_name else target.schema }}
{%- endmacro %}
