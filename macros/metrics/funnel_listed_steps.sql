{# The steps of a funnel that have a column each in fct_funnel_users; of longer funnels its deepest_step tells the rest. #}
{% macro funnel_listed_steps() -%}
    {{ return(8) }}
{%- endmacro %}
