{# The most steps that a funnel may have; fct_funnel_users has a column for each. #}
{% macro funnel_max_steps() -%}
    {{ return(8) }}
{%- endmacro %}
