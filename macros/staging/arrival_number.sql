{# The number of a row among those with the same key; number 1 counts, the others are duplicates. Arguments as in `arrivals`. #}
{% macro arrival_number() -%}
    row_number() over ({{ arrivals(**kwargs) }})
{%- endmacro %}
