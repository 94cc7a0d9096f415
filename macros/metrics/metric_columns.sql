{# The columns of a mart that the metrics of one source read, each once. #}
{% macro metric_columns(source) -%}
    {%- set columns = [] -%}
    {%- for metric in source.metrics -%}
        {%- for column in [metric.value, metric.numerator, metric.denominator] if column and column not in columns -%}
            {%- do columns.append(column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
