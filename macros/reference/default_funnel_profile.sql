{# The profile of a funnel that does not name one. #}
{% macro default_funnel_profile() -%}
    {{ return('house') }}
{%- endmacro %}
