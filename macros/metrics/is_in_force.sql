{# Whether an interval of a relation, from valid_from up to and without valid_to, contains a date; null is open. #}
{% macro is_in_force(relation, date) -%}
    ({{ relation }}.valid_from is null or {{ relation }}.valid_from <= {{ date }})
    and ({{ relation }}.valid_to is null or {{ relation }}.valid_to > {{ date }})
{%- endmacro %}
