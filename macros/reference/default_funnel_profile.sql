{# The profile of a funnel that names none. #}
{% macro default_funnel_profile() -%}
    {{ return('house') }}
{%- endmacro %}
