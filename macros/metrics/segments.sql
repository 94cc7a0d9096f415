{# One row per unit and segment, the total included, from a relation with one row per unit that holds its
   attributes and current_plan_id.
     unit  user or account
     also  further columns of the relation to keep #}
{% macro segments(relation, unit, also=[]) -%}
    {%- set kept = (also + [unit ~ '_id']) | join(', ') -%}
    select {{ kept }}, 'all' as segment_name, 'all' as segment_value
    from {{ relation }}
    {%- for attribute in segment_attributes(unit) %}
    union all
    select {{ kept }}, '{{ attribute }}' as segment_name, coalesce({{ attribute }}, 'unknown') as segment_value
    from {{ relation }}
    {%- endfor %}
    union all
    select {{ kept }}, 'plan' as segment_name, coalesce(current_plan_id, 'none') as segment_value
    from {{ relation }}
{%- endmacro %}
