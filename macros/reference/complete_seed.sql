{# Before and after a reference table is filled: add the columns that its description declares and its file does not have,
   so that files of an earlier version, or your own files, still fit. These columns are null.
     is_there  whether the table certainly exists, as it does after it was filled #}
{% macro complete_seed(is_there=false) -%}
    {%- if execute -%}
        {%- if is_there or adapter.get_relation(this.database, this.schema, this.identifier) -%}
            {%- set found = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
            {%- for column, type in config.get('column_types', {}).items() if column not in found -%}
                {%- do run_query('alter table ' ~ this ~ ' add column ' ~ column ~ ' ' ~ type) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
