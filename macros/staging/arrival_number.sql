{# The place of a row among those with its key; number 1 counts, the others are duplicates. Named as in `arrivals`. #}
{% macro arrival_number() -%}
    row_number() over ({{ arrivals(**kwargs) }})
{%- endmacro %}
