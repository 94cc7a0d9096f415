{# Before and after a reference table is filled: it gets the columns that its description declares and its file leaves
   out, so that files of an earlier version, or of your own, still fit. They are empty then. #}
{% macro complete_seed() -%}
    {%- if execute -%}
        {%- set relation = adapter.get_relation(this.database, this.schema, this.identifier) -%}
        {%- if relation -%}
            {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
            {%- for column, type in config.get('column_types', {}).items() if column not in found -%}
                {%- do run_query('alter table ' ~ this ~ ' add column ' ~ column ~ ' ' ~ type) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
