{# One row per row and segment of a relation whose rows are about accounts with the same country, industry and company_size,
   and either about all their plans (plan_id is null) or about one plan, for the segment `plan`.
     columns  further columns of the relation to keep #}
{% macro segments_of_units(relation, columns) -%}
    {%- set kept = columns | join(', ') -%}
    select 'all' as segment_name, 'all' as segment_value, {{ kept }}
    from {{ relation }}
    where plan_id is null
    {%- for attribute in segment_attributes('account') %}
    union all
    select '{{ attribute }}' as segment_name, coalesce({{ attribute }}, 'unknown') as segment_value, {{ kept }}
    from {{ relation }}
    where plan_id is null
    {%- endfor %}
    union all
    select 'plan' as segment_name, plan_id as segment_value, {{ kept }}
    from {{ relation }}
    where plan_id is not null
{%- endmacro %}
