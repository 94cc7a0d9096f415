{# The columns that identify the rows of a model, from the first test that says they are a key. #}
{% macro grain_of(model) -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.attached_node == model.unique_id -%}
        {%- if test.test_metadata and test.test_metadata.name == 'unique_combination_of_columns' -%}
            {{ return(test.test_metadata.kwargs['combination_of_columns']) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return([]) }}
{%- endmacro %}
