{# The columns that name the rows of a model: those of its test `is_unique_by`, else the first with the test `unique`. #}
{% macro grain_of(model) -%}
    {%- set found = namespace(columns=[]) -%}
    {%- set unique = [] -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.attached_node == model.unique_id -%}
        {%- if test.test_metadata and test.test_metadata.name == 'is_unique_by' -%}
            {%- set found.columns = test.test_metadata.kwargs['columns'] -%}
        {%- elif test.test_metadata and test.test_metadata.name == 'unique' -%}
            {%- do unique.append(test.column_name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found.columns or model.columns | select('in', unique) | list | batch(1) | first | default([], true)) }}
{%- endmacro %}
