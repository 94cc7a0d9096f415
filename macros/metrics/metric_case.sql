{# The number that belongs to the metric of the row: what each metric of a source reads, from one of its relations.
     part  value, numerator or denominator #}
{% macro metric_case(source, relation, part) -%}
    {%- set choices = [] -%}
    {%- for metric in source.metrics -%}
        {%- set column = 'row_count' if part == 'value' and source.aggregate == 'count' else metric[part] -%}
        {%- if column -%}
            {%- do choices.append("when '" ~ metric.id ~ "' then " ~ relation ~ '.' ~ column) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if choices -%}
    case metrics.metric_name {{ choices | join(' ') }} end
    {%- else -%}
    cast(null as double precision)
    {%- endif -%}
{%- endmacro %}
