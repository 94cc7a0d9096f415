{# One row per unit and segment, the total included, from a relation with one row per unit that holds its
   attributes and current_plan_id.
     unit  user or account #}
{% macro segments(relation, unit) -%}
    select {{ unit }}_id, 'all' as segment_name, 'all' as segment_value
    from {{ relation }}
    {%- for attribute in segment_attributes(unit) %}
    union all
    select {{ unit }}_id, '{{ attribute }}' as segment_name, coalesce({{ attribute }}, 'unknown') as segment_value
    from {{ relation }}
    {%- endfor %}
    union all
    select {{ unit }}_id, 'plan' as segment_name, coalesce(current_plan_id, 'none') as segment_value
    from {{ relation }}
{%- endmacro %}
