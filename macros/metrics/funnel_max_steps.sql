{# The most steps that a funnel may have. #}
{% macro funnel_max_steps() -%}
    {{ return(20) }}
{%- endmacro %}
