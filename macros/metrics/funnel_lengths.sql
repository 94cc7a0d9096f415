{# The numbers of steps for which the models have a branch of their own, so that a funnel of three steps does not cost as much
   as one of twenty; most branches are empty. A funnel uses the shortest branch that it fits in. #}
{% macro funnel_lengths() -%}
    {{ return([1, 2, 3, 4, 5, 6, 7, 8, 12, funnel_max_steps()]) }}
{%- endmacro %}
