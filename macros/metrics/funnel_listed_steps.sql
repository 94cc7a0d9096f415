{# The number of funnel steps that have their own columns in fct_funnel_users; for longer funnels deepest_step tells the rest. #}
{% macro funnel_listed_steps() -%}
    {{ return(8) }}
{%- endmacro %}
