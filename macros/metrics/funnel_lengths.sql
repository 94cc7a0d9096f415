{# Numbers of steps for which there is a way through a model each, so that a funnel of three steps does not pay for
   twenty: most ways are empty. A funnel takes the shortest that it fits in. #}
{% macro funnel_lengths() -%}
    {{ return([1, 2, 3, 4, 5, 6, 7, 8, 12, funnel_max_steps()]) }}
{%- endmacro %}
