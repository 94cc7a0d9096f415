{# One row per row and segment, the total included, of a relation whose rows have the attributes of units and
   current_plan_id.
     unit     user or account
     columns  further columns of the relation to keep #}
{% macro segments(relation, unit, columns) -%}
    {%- set kept = columns | join(', ') -%}
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
