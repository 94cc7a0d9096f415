{# Whether a step is in a set of steps that is kept as one number: 1 for step 1, 2 for step 2, 4 for step 3 and so on, added
   up. #}
{% macro has_step(steps, step) -%}
    ({{ steps }} & {{ 2 ** (step - 1) }}) > 0
{%- endmacro %}
